// A layer as an ONNX model, as ONNX Runtime's own quantizer writes it: QLinear operators over whole tensors of int8 or
// uint8, weights int8 per output channel. A fused ReLU is left out: ONNX Runtime has none here and clamps by saturation.
import { elementCount, type Tensor } from '../../../src/graph/types.ts';
import type { LayerInstance } from './instance.ts';
import type { OnnxProto } from './peers.ts';

/** The activations' type. */
export type ActivationType = 'int8' | 'uint8';

/** TensorProto.DataType. */
const dataType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
/** AttributeProto.AttributeType of an integer and of integers. */
const [int, ints] = [2, 7];

type Values = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** What a graph collects. */
interface GraphWriter {
  constant(type: keyof typeof dataType, shape: readonly number[], values: Values): string;
  /** Adds a node with one output and returns that output's name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, number | readonly number[]>>,
    domain?: string,
  ): string;
  readonly nodes: object[];
  readonly initializers: object[];
}

function createGraph(): GraphWriter {
  const nodes: object[] = [];
  const initializers: object[] = [];
  return {
    nodes,
    initializers,
    constant(type, dims, values) {
      const name = `c${initializers.length}`;
      const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      initializers.push({ name, dims, dataType: dataType[type], rawData });
      return name;
    },
    node(opType, input, attributes = {}, domain = '') {
      const output = `t${nodes.length}`;
      const attribute = Object.entries(attributes).map(([name, value]) =>
        typeof value === 'number'
          ? { name, type: int, i: value }
          : { name, type: ints, ints: value },
      );
      nodes.push({ name: output, opType, domain, input, output: [output], attribute });
      return output;
    },
  };
}

/** Axes of a tensor in another order. */
function permute(tensor: Tensor, order: readonly number[]): { shape: number[]; data: Int8Array } {
  const source = tensor.data as Int8Array;
  const strides = tensor.shape.map((_, axis) => elementCount(tensor.shape.slice(axis + 1)));
  const shape = order.map((axis) => tensor.shape[axis] as number);
  const data = Int8Array.from({ length: source.length }, (_, index) => {
    let rest = index;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number;
      from += (rest % extent) * (strides[order[axis] as number] as number);
      rest = Math.floor(rest / extent);
    }
    return source[from] as number;
  });
  return { shape, data };
}

/** The values of an int8 tensor in the type asked for: uint8 lies 128 higher. */
export function toActivationType(values: Int8Array, type: ActivationType): Int8Array | Uint8Array {
  return type === 'int8' ? values : Uint8Array.from(values, (value) => value + 128);
}

const contrib = 'com.microsoft';

/** Adds one copy of the layer, which has constants of its own, and returns its output. */
function addLayer(
  graph: GraphWriter,
  { layer, context }: LayerInstance,
  type: ActivationType,
  inputs: readonly string[],
): string {
  const scaleOf = ({ quantization }: Tensor) => {
    const scale = quantization?.scale as readonly number[];
    return graph.constant(
      'float',
      scale.length === 1 ? [] : [scale.length],
      Float32Array.from(scale),
    );
  };
  /** Scale and zero point of an activation. */
  const stage = (tensor: Tensor): [string, string] => {
    const zero = Int8Array.from(tensor.quantization?.zeroPoint as readonly number[]);
    return [scaleOf(tensor), graph.constant(type, [], toActivationType(zero, type))];
  };
  const weights = (order: readonly number[]): [string, string, string] => {
    const tensor = context.inputs[1] as Tensor;
    const { shape, data } = permute(tensor, order);
    const channels = tensor.quantization?.scale.length as number;
    return [
      graph.constant('int8', shape, data),
      scaleOf(tensor),
      graph.constant('int8', [channels], new Int8Array(channels)),
    ];
  };
  const bias = () => {
    const { shape, data } = context.inputs[2] as Tensor;
    return graph.constant('int32', shape, data as Int32Array);
  };
  const [first, second] = context.inputs as [Tensor, Tensor];
  const output = () => stage(context.outputs[0] as Tensor);
  const [x, y] = inputs as [string, string];
  const window = layer.attributes as {
    readonly stride: readonly number[];
    readonly padding: readonly [number, number, number, number];
    readonly kernel: readonly number[];
  };
  switch (layer.op) {
    case 'conv2d':
    case 'depthwise_conv2d': {
      const isDepthwise = layer.op === 'depthwise_conv2d';
      // OHWI, or [1, kh, kw, O], to OIHW. The transposes are those that ONNX Runtime cancels against its own: inside of
      // a model it keeps images in NHWC.
      const [top, bottom, left, right] = window.padding;
      const result = graph.node(
        'QLinearConv',
        [
          graph.node('Transpose', [x], { perm: [0, 3, 1, 2] }),
          ...stage(first),
          ...weights(isDepthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]),
          ...output(),
          bias(),
        ],
        {
          strides: window.stride,
          pads: [top, left, bottom, right],
          group: isDepthwise ? (first.shape[3] as number) : 1,
        },
      );
      return graph.node('Transpose', [result], { perm: [0, 2, 3, 1] });
    }
    case 'dense':
      return graph.node(
        'QGemm',
        [x, ...stage(first), ...weights([1, 0]), bias(), ...output()],
        {},
        contrib,
      );
    case 'add':
      return graph.node(
        'QLinearAdd',
        [x, ...stage(first), y, ...stage(second), ...output()],
        {},
        contrib,
      );
    case 'average_pool2d':
      return graph.node(
        'QLinearAveragePool',
        [x, ...stage(first), ...output()],
        { kernel_shape: window.kernel, strides: window.stride, channels_last: 1 },
        contrib,
      );
    case 'max_pool2d':
      return graph.node(
        'NhwcMaxPool',
        [x],
        { kernel_shape: window.kernel, strides: window.stride },
        contrib,
      );
    case 'softmax':
      return graph.node(
        'QLinearSoftmax',
        [x, ...stage(first), ...output()],
        { axis: 1, opset: 13 },
        contrib,
      );
    default:
      throw new Error(`there is no ONNX operator for ${layer.op}`);
  }
}

/** Bytes of a model. Its inputs `x<i>` hold the instance's inputs, one after another, once for each copy. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputCount: number;
}

const copyOf = (name: string, copy: number, index: number, count: number) =>
  `${name}${copy * count + index}`;

/**
 * A model that runs a layer `copies` times, each time on inputs of its own, and gives one element of each output as
 * output `y`. With `layer` false it gives elements of the inputs: what is left is what a run costs besides the layer.
 * With one copy and `whole`, the output is the layer's own.
 */
export function buildModel(
  { onnx }: OnnxProto,
  instance: LayerInstance,
  options: {
    readonly type: ActivationType;
    readonly copies: number;
    readonly layer: boolean;
    readonly whole?: boolean;
  },
): OnnxModel {
  const { type, copies, layer, whole = false } = options;
  const graph = createGraph();
  const shapes = instance.layer.inputs;
  const results = Array.from({ length: copies }, (_, copy) => {
    const inputs = shapes.map((_, index) => copyOf('x', copy, index, shapes.length));
    return layer ? addLayer(graph, instance, type, inputs) : (inputs[0] as string);
  });
  const int64 = (values: readonly number[]) =>
    graph.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  const outputShape = (instance.context.outputs[0] as Tensor).shape;
  const elements = results.map((result) => {
    const rank = outputShape.length;
    const starts = int64(new Array<number>(rank).fill(0));
    return graph.node('Slice', [result, starts, int64(new Array<number>(rank).fill(1))]);
  });
  const elemType = dataType[type];
  const port = (name: string, shape: readonly number[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  });
  const y = whole
    ? port(results[0] as string, outputShape)
    : port(graph.node('Concat', elements, { axis: 0 }), [
        copies,
        ...outputShape.slice(1).map(() => 1),
      ]);
  const model = {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: contrib, version: 1 },
    ],
    graph: {
      name: 'layer',
      node: graph.nodes,
      initializer: graph.initializers,
      input: Array.from({ length: copies * shapes.length }, (_, i) =>
        port(`x${i}`, shapes[i % shapes.length] as readonly number[]),
      ),
      output: [y],
    },
  };
  const bytes = onnx.ModelProto.encode(onnx.ModelProto.create(model)).finish();
  return { bytes, inputCount: copies * shapes.length };
}
