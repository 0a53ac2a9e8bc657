import {
  elementCount,
  type Graph,
  type Node,
  type Quantization,
  type Tensor,
} from '../../src/graph/types.ts';
import { findOp } from '../../src/ops/support/context.ts';
import { createRandom } from '../../src/random.ts';
import { normal } from './normal.ts';

/** A small graph of any ops, grown node by node; an output has its node's name. */
export interface OpNetwork {
  input(name: string, shape: readonly number[], quantization?: Quantization): string;
  /** A constant of these values (int8 ones in an int8 graph), or random. */
  constant(
    name: string,
    shape: readonly number[],
    values?: readonly number[],
    quantization?: Quantization,
  ): string;
  /** An int32 constant of small random values. */
  bias(name: string, count: number, scale: number): string;
  /** Appends a node; several outputs are `name:0`, `name:1` and so on. Returns the first. */
  add(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes?: object,
    quantization?: Quantization,
  ): string;
  /** Appends a node with random weights of this shape and, unless told otherwise, a bias. */
  weighted(
    op: string,
    name: string,
    input: string,
    weightShape: readonly number[],
    attributes?: object,
    withBias?: boolean,
  ): string;
  shapeOf(name: string): readonly number[];
  /** Undefined in a float graph. */
  quantizationOf(name: string): Quantization | undefined;
  graph(outputs: readonly string[]): Graph;
}

/** Scale and zero point of a whole tensor. */
export const quantization = (scale = 1 / 32, zeroPoint = 0): Quantization => ({
  scale: [Math.fround(scale)],
  zeroPoint: [zeroPoint],
});

/** An empty network, with parameters drawn from a seed. */
export function createOpNetwork(
  seed: number,
  { name = 'net', dtype = 'int8' as 'int8' | 'float32' } = {},
): OpNetwork {
  const random = createRandom(seed);
  const tensors = new Map<string, Tensor>();
  const nodes: Node[] = [];
  const inputs: string[] = [];
  const isFloat = dtype === 'float32';
  const find = (tensor: string): Tensor => {
    const found = tensors.get(tensor);
    if (found === undefined) throw new Error(`there is no tensor '${tensor}'`);
    return found;
  };
  const put = ({ quantization: given, ...tensor }: Tensor): string => {
    tensors.set(
      tensor.name,
      isFloat ? tensor : { ...tensor, ...(given && { quantization: given }) },
    );
    return tensor.name;
  };
  const floats = (shape: readonly number[]) =>
    Float32Array.from({ length: elementCount(shape) }, () => normal(random) / 2);
  const network: OpNetwork = {
    input(tensor, shape, given = quantization()) {
      inputs.push(tensor);
      return put({ name: tensor, shape, dtype, quantization: given });
    },
    constant(tensor, shape, values, given = quantization()) {
      const length = elementCount(shape);
      const random8 = () => random.integer(256) - 128;
      const data = isFloat
        ? values === undefined
          ? floats(shape)
          : Float32Array.from(values)
        : Int8Array.from(values ?? Array.from({ length }, random8));
      return put({ name: tensor, shape, dtype, quantization: given, data });
    },
    bias(tensor, count, scale) {
      const data = Int32Array.from({ length: count }, () => random.integer(2001) - 1000);
      const given = quantization(scale);
      return put({ name: tensor, shape: [count], dtype: 'int32', quantization: given, data });
    },
    add(op, output, operands, attributes = {}, given = quantization()) {
      const { inferShapes, outputQuantization: rule } = findOp(op, output);
      const shapes = inferShapes({ name: output, op, attributes, inputs: operands.map(find) });
      const quantized = {
        sameAsInput: () => find(operands[0] as string).quantization ?? given,
        fixed: () => (rule.kind === 'fixed' ? quantization(rule.scale, rule.zeroPoint) : given),
        calibrated: () => given,
        none: () => given,
      }[rule.kind]();
      const outputs = shapes.map((shape, i) =>
        put({
          name: shapes.length === 1 ? output : `${output}:${i}`,
          shape,
          dtype,
          quantization: quantized,
        }),
      );
      nodes.push({ name: output, op, inputs: operands, outputs, attributes });
      return outputs[0] as string;
    },
    weighted(op, output, input, weightShape, attributes = {}, withBias = true) {
      const axis = findOp(op, output).weightInputs?.axis ?? 0;
      const channels = weightShape[axis] as number;
      const zeroPoint = new Array<number>(channels).fill(0);
      const scale = zeroPoint.map(() => Math.fround(0.002 + 0.004 * random.uniform()));
      const inputScale = find(input).quantization?.scale[0] ?? 1;
      const weights: Tensor = {
        name: `${output}/weights`,
        shape: weightShape,
        dtype,
        quantization: { scale, zeroPoint, axis },
        data: isFloat
          ? floats(weightShape)
          : Int8Array.from({ length: elementCount(weightShape) }, () => random.integer(255) - 127),
      };
      const bias: Tensor = {
        name: `${output}/bias`,
        shape: [channels],
        dtype: isFloat ? dtype : 'int32',
        quantization: { scale: scale.map((s) => Math.fround(s * inputScale)), zeroPoint, axis: 0 },
        data: isFloat
          ? floats([channels])
          : Int32Array.from(scale, () => random.integer(2001) - 1000),
      };
      const operands = [input, put(weights), ...(withBias ? [put(bias)] : [])];
      return network.add(op, output, operands, attributes);
    },
    shapeOf: (tensor) => find(tensor).shape,
    quantizationOf: (tensor) => find(tensor).quantization,
    graph: (outputs) => ({ name, tensors, nodes, inputs, outputs }),
  };
  return network;
}
