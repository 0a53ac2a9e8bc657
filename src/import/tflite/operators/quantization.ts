import {
  type GraphBuilder,
  inputOf,
  type Mapping,
  type Operation,
  outputOf,
  refusal,
} from '../operation.ts';
import { dequantizeOptions, quantizeOptions } from '../options.ts';
import { toTensor, type Value } from '../values.ts';

/** QUANTIZE: from float32 at the graph's border, or from one int8 quantization to another. */
export const quantize: Mapping = {
  options: quantizeOptions,
  inputs: [1, 1],
  outputs: [1, 1],
  convert(operation, graph) {
    graph.node('quantize', [inputOf(operation, 0)], operation.outputs);
  },
};

/** DEQUANTIZE: at the graph's border; of a constant a constant. */
export const dequantize: Mapping = {
  options: dequantizeOptions,
  inputs: [1, 1],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    if (input.bytes !== undefined) return dequantizeConstant(operation, graph, input);
    graph.node('dequantize', [input], operation.outputs);
  },
};

/** Weights that are kept as float16 or int8 and used as float32. */
function dequantizeConstant(operation: Operation, graph: GraphBuilder, input: Value): void {
  const { name } = outputOf(operation);
  const { shape, type, bytes = new Uint8Array(0) } = input;
  if (shape.join() !== outputOf(operation).shape.join()) {
    throw refusal(operation, { what: 'output has another shape than the input' });
  }
  const data =
    type === 'FLOAT16' ? fromFloat16(operation, input, bytes) : fromInt8(operation, input);
  graph.define({ name, shape, type: 'FLOAT32', bytes: new Uint8Array(data.buffer) });
}

function fromInt8(operation: Operation, value: Value): Float32Array {
  const { shape, data, quantization } = toTensor(value, operation.where);
  if (!(data instanceof Int8Array) || quantization === undefined) {
    throw refusal(operation, {
      what: `'${value.name}' is no quantized constant`,
      expected: 'INT8 or FLOAT16',
      received: value.type,
    });
  }
  const { scale, zeroPoint, axis } = quantization;
  const inner = axis === undefined ? 1 : shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Float32Array.from(data, (quantized, i) => {
    const channel = axis === undefined ? 0 : Math.floor(i / inner) % (shape[axis] as number);
    return (scale[channel] as number) * (quantized - (zeroPoint[channel] as number));
  });
}

function fromFloat16(
  operation: Operation,
  { name, shape }: Value,
  bytes: Uint8Array,
): Float32Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== 2 * count) {
    throw refusal(operation, {
      what: `the data of '${name}' does not fit its shape`,
      expected: `${2 * count} bytes`,
      received: `${bytes.length}`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: count }, (_, i) => float16(view.getUint16(2 * i, true)));
}

/** The value of a float16 (IEEE 754 binary16). */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
