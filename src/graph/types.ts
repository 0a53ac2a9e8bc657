/** Element types of a tensor. Only constants are int4. */
export type DType = 'float32' | 'int8' | 'int4' | 'int16' | 'int32';

/** The constant data of a tensor, row-major (NHWC for images). An Int8Array holds int4 values too, each from -8 to 7. */
export type TensorData = Float32Array | Int8Array | Int16Array | Int32Array;

/** The array that holds the values of each element type. */
export const tensorArrays = {
  float32: Float32Array,
  int8: Int8Array,
  int4: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

/** The values of an activation of an int8 graph: int8, or at the graph's borders float32. */
export type ActivationData = Int8Array | Float32Array;

/**
 * real = scale * (quantized - zeroPoint). One entry a tensor, or one for each index of `axis` (per channel).
 * Scales are float32 values, as .tflite stores them.
 */
export interface Quantization {
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  readonly axis?: number;
}

/** A value in a graph: an activation, or a constant when `data` is there. Shapes are static; images are NHWC with N = 1. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly quantization?: Quantization;
  readonly data?: TensorData;
}

/** An op's attributes: a plain object; each op's schema (`src/ops/<op>.ts`) says of what. */
export type Attributes = object;

/** One operation. `inputs` and `outputs` name tensors of the graph. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A network: nodes in execution order over named tensors. Graphs are immutable; passes return new ones. */
export interface Graph {
  readonly name: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly Node[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Class names, by index of the last axis of the first output. */
  readonly labels?: readonly string[];
}

/** The types that inputs and outputs of an int8 graph may have. */
export const ioTypes = ['int8', 'float32'] as const;

/** The type of an input or output. */
export type IoType = (typeof ioTypes)[number];

/** The types of all inputs and of all outputs; what is left open stays as it is. */
export interface IoTypes {
  readonly inputType?: IoType | undefined;
  readonly outputType?: IoType | undefined;
}

/** Whether a graph works on int8 values, be it that its inputs and outputs are float32. */
export function isQuantized(graph: Graph): boolean {
  return [...graph.tensors.values()].some(({ dtype }) => dtype === 'int8');
}

/** The number of elements of a shape; a scalar has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

const bytesPerElement: Record<DType, number> = {
  float32: 4,
  int8: 1,
  int4: 0.5,
  int16: 2,
  int32: 4,
};

/** The bytes that a tensor's elements take; int4 ones are stored two a byte. */
export function byteLength(tensor: Pick<Tensor, 'shape' | 'dtype'>): number {
  return Math.ceil(elementCount(tensor.shape) * bytesPerElement[tensor.dtype]);
}

/** A shape as people write it: `1x28x28x1`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('x');
}
