import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { KernelArgument, KernelCall, NodeContext, Op } from './op.ts';
import { int8Data, perTensor } from './support/quantized.ts';
import { startsOf } from './support/strided.ts';
import { nodeTitle } from './support/title.ts';

interface ConcatAttributes {
  readonly axis: number;
}

/** One input of a concatenation: an activation, or a constant when `data` is there. */
interface Part {
  /** Elements that lie one behind another in the output. */
  readonly run: number;
  readonly data?: Int8Array;
}

/** The parameters of a concatenation: `rows` times a run of each part. */
export interface ConcatParameters {
  readonly rows: number;
  readonly parts: readonly Part[];
}

/** As many as TFLM takes. */
const maxInputs = 10;

function inferShapes(context: Omit<NodeContext<ConcatAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const { axis } = context.attributes;
  const [{ shape }] = context.inputs as [Tensor];
  if (axis >= shape.length) {
    throw new WickError({
      what: 'input has no such axis',
      where,
      expected: `0 to ${shape.length - 1} for an input of ${formatShape(shape)}`,
      received: `${axis}`,
    });
  }
  for (const other of context.inputs) {
    const fits =
      other.shape.length === shape.length &&
      other.shape.every((extent, i) => i === axis || extent === shape[i]);
    if (fits) continue;
    throw new WickError({
      what: `'${other.name}' does not fit the first input`,
      where,
      expected: shape.map((extent, i) => (i === axis ? 'N' : extent)).join('x'),
      received: formatShape(other.shape),
    });
  }
  const joined = context.inputs.reduce((sum, input) => sum + (input.shape[axis] as number), 0);
  return [shape.map((extent, i) => (i === axis ? joined : extent))];
}

function geometry({ inputs, attributes: { axis } }: NodeContext<ConcatAttributes>) {
  return {
    rows: elementCount((inputs[0] as Tensor).shape.slice(0, axis)),
    runs: inputs.map(({ shape }) => elementCount(shape.slice(axis))),
  };
}

/** TFLM copies bytes, so all inputs need the output's quantization. */
function checkQuantization(context: NodeContext<ConcatAttributes>): void {
  const where = nodeTitle(context);
  const expected = perTensor(where, context.outputs[0] as Tensor);
  for (const input of context.inputs) {
    const { scale, zeroPoint } = perTensor(where, input);
    if (scale === expected.scale && zeroPoint === expected.zeroPoint) continue;
    throw new WickError({
      what: `input '${input.name}' has another quantization than the output`,
      where,
      expected: `scale ${expected.scale}, zero point ${expected.zeroPoint}`,
      received: `scale ${scale}, zero point ${zeroPoint}`,
      hint: "put a 'quantize' node before it",
    });
  }
}

function join<T extends Int8Array | Float32Array>(
  rows: number,
  parts: readonly { readonly run: number; readonly data: T }[],
  output: T,
): T {
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (const { run, data } of parts) {
      output.set(data.subarray(row * run, (row + 1) * run), next);
      next += run;
    }
  }
  return output;
}

const rowLength = (parts: readonly { readonly run: number }[]) =>
  parts.reduce((sum, { run }) => sum + run, 0);

function lower({ rows, parts }: ConcatParameters): KernelCall {
  const weights = new Uint8Array(parts.reduce((sum, { data }) => sum + (data?.length ?? 0), 0));
  let activations = 0;
  let constants = 0;
  const place = (data: Int8Array | undefined): KernelArgument => {
    if (data === undefined) return { input: activations++ };
    const offset = constants;
    weights.set(new Uint8Array(data.buffer, data.byteOffset, data.length), offset);
    constants += data.length;
    return { weights: offset };
  };
  const head: readonly KernelArgument[] = [{ output: 0 }, rows, rowLength(parts)];
  const inputs = Array.from({ length: maxInputs }, (_, index): readonly KernelArgument[] => {
    const part = parts[index];
    // An input that is missing has no bytes, wherever it lies.
    const address = part === undefined ? { input: 0 } : place(part.data);
    return [address, { isWeights: head.length + 3 * index }, part?.run ?? 0];
  });
  return {
    kernel: 'concat',
    arguments: [...head, ...inputs.flat()],
    weights,
    scratchBytes: 0,
  };
}

/**
 * The inputs one behind another along an axis. The first input is an activation, the others may be constants; all have
 * the output's quantization. Source: TFLM `reference_ops::Concatenation`.
 */
export const concat: Op<ConcatAttributes, ConcatParameters> = {
  name: 'concat',
  attributes: strictObject({ axis: wholeNumber(0) }),
  inputCount: [1, maxInputs],
  inferShapes,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  unifiesInputs: true,
  prepare(context) {
    checkQuantization(context);
    const where = nodeTitle(context);
    const { rows, runs } = geometry(context);
    const parts = context.inputs.map((input, i) => ({
      run: runs[i] as number,
      ...(input.data === undefined ? {} : { data: int8Data(where, input) }),
    }));
    return { rows, parts };
  },
  reference({ rows, parts }, inputs) {
    const activations = [...inputs];
    const all = parts.map(({ run, data }) => ({
      run,
      data: data ?? (activations.shift() as Int8Array),
    }));
    return join(rows, all, new Int8Array(rows * rowLength(parts)));
  },
  referenceFloat(context, inputs) {
    const { rows, runs } = geometry(context);
    const parts = runs.map((run, i) => ({ run, data: inputs[i] as Float32Array }));
    return join(rows, parts, new Float32Array(rows * rowLength(parts)));
  },
  parts: ({ rows, parts }) =>
    rows === 1 && parts.every(({ data }) => data === undefined)
      ? startsOf(parts.map(({ run }) => run))
      : undefined,
  lower,
  inPlace: ({ parts }) => parts.length === 1,
};
