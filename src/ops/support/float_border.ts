import { WickError } from '../../errors.ts';
import { elementCount, type Graph, isQuantized, type Tensor } from '../../graph/types.ts';
import type { KernelCall, Variant } from '../op.ts';
import { perTensor } from './quantized.ts';
import { nodeTitle } from './title.ts';

/** How the float32 values at a border and the int8 ones behind it belong together: real = scale * (value - zeroPoint). */
export interface BorderParameters {
  readonly count: number;
  /** A float32 value. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The parameters of a border with this int8 tensor. Throws a WickError where it is not quantized as a whole. */
export function borderParameters(where: string, tensor: Tensor): BorderParameters {
  const { scale, zeroPoint } = perTensor(where, tensor);
  return { count: elementCount(tensor.shape), scale: Math.fround(scale), zeroPoint };
}

/** The call of a kernel between float32 and int8, which takes the scale by its bits: its numbers are i32. */
export function lowerBorder(
  kernel: 'quantize' | 'dequantize',
  { count, scale, zeroPoint }: BorderParameters,
  variant: Variant,
): KernelCall {
  const [bits = 0] = new Int32Array(Float32Array.of(scale).buffer);
  return {
    kernel: variant === 'simd' ? `${kernel}Vector` : kernel,
    arguments: [{ input: 0 }, { output: 0 }, count, bits, zeroPoint],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  };
}

const makerOf = ({ nodes }: Graph, name: string) =>
  nodes.find(({ outputs }) => outputs.includes(name));
const readersOf = ({ nodes }: Graph, name: string) =>
  nodes.filter(({ inputs }) => inputs.includes(name));

/** What keeps a float32 tensor from being at a border of an int8 graph; undefined where it is at one. */
function faultOf(graph: Graph, { name, data }: Tensor): string | undefined {
  if (data !== undefined) return 'a constant';
  const readers = readersOf(graph, name);
  const isOutput = graph.outputs.includes(name);
  if (graph.inputs.includes(name)) {
    const other = readers.find(({ op }) => op !== 'quantize');
    if (other !== undefined) return `an input that ${nodeTitle(other)} reads`;
    if (isOutput) return 'an input that is an output as well';
    return readers.length === 0 ? 'an input that nothing reads' : undefined;
  }
  const maker = makerOf(graph, name);
  if (maker?.op !== 'dequantize') return `made by ${maker ? nodeTitle(maker) : 'no node'}`;
  const [reader] = readers;
  if (reader !== undefined) return `read by ${nodeTitle(reader)}`;
  return isOutput ? undefined : 'no output of the graph';
}

/**
 * Checks that an int8 graph has float32 tensors only where `quantize` makes int8 of an input and `dequantize` makes an
 * output. Throws a WickError that names the tensor, and where the graph is not quantized at all.
 */
export function checkFloatBorders(graph: Graph): void {
  const floats = [...graph.tensors.values()].filter(({ dtype }) => dtype === 'float32');
  const [first] = floats;
  if (first !== undefined && !isQuantized(graph)) {
    throw new WickError({
      what: 'graph is not quantized',
      where: graph.name,
      expected: 'int8 tensors',
      received: `float32 tensor '${first.name}'`,
      hint: "run 'wick quantize' first",
    });
  }
  for (const tensor of floats) {
    const fault = faultOf(graph, tensor);
    if (fault === undefined) continue;
    throw new WickError({
      what: `float32 tensor '${tensor.name}' is inside an int8 graph`,
      where: graph.name,
      expected: "float32 only from an input to 'quantize', or from 'dequantize' to an output",
      received: fault,
    });
  }
}

/** The int8 tensor behind a float32 input or output of a checked graph (of an input with several, the first); else itself. */
export function behindBorder(graph: Graph, tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float32') return tensor;
  const name = graph.inputs.includes(tensor.name)
    ? readersOf(graph, tensor.name)[0]?.outputs[0]
    : makerOf(graph, tensor.name)?.inputs[0];
  return graph.tensors.get(name ?? '') ?? tensor;
}
