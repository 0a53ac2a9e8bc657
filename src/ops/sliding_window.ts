import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { NodeContext, Op, State, StateTensor } from './op.ts';
import { perTensor } from './support/quantized.ts';
import { createState } from './support/state.ts';
import { nodeTitle } from './support/title.ts';

interface SlidingWindowAttributes {
  readonly axis: number;
  /** How many places along the axis are kept for the next inference. */
  readonly length: number;
}

/** The parameters of a sliding window: in each of `rows` rows what is kept, then what is new. */
export interface SlidingWindowParameters {
  readonly rows: number;
  /** Elements of a row that are kept, and that come with an inference. */
  readonly kept: number;
  readonly added: number;
  /** What is there before the first inference: 0, as int8. */
  readonly zeroPoint: number;
}

function checkAxis(context: Omit<NodeContext<SlidingWindowAttributes>, 'outputs'>): void {
  const { shape } = context.inputs[0] as Tensor;
  if (context.attributes.axis < shape.length) return;
  throw new WickError({
    what: 'input has no such axis',
    where: nodeTitle(context),
    expected: `0 to ${shape.length - 1} for an input of ${formatShape(shape)}`,
    received: `${context.attributes.axis}`,
  });
}

function geometry({ inputs, attributes: { axis, length } }: NodeContext<SlidingWindowAttributes>) {
  const { shape } = inputs[0] as Tensor;
  return {
    rows: elementCount(shape.slice(0, axis)),
    kept: length * elementCount(shape.slice(axis + 1)),
    added: elementCount(shape.slice(axis)),
  };
}

function state({ rows, kept, zeroPoint }: SlidingWindowParameters): readonly StateTensor[] {
  return [{ dtype: 'int8', length: rows * kept, initial: zeroPoint }];
}

/** Each row of what was kept with a row of the input behind. */
function slide<T extends Int8Array | Float32Array>(
  { rows, kept, added }: Omit<SlidingWindowParameters, 'zeroPoint'>,
  [before, input]: readonly [T, T],
  output: T,
): T {
  for (let row = 0; row < rows; row++) {
    const start = row * (kept + added);
    output.set(before.subarray(row * kept, (row + 1) * kept), start);
    output.set(input.subarray(row * added, (row + 1) * added), start + kept);
  }
  return output;
}

/** What stays for the next inference: the end of each row. */
function keep({ rows, kept, added }: SlidingWindowParameters, output: Int8Array, to: Int8Array) {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * (kept + added);
    to.set(output.subarray(end - kept, end), row * kept);
  }
}

/**
 * The last places of the inferences before, and those of this one behind them, along an axis: what a streaming model looks
 * at. Before the first inference there are zeros. Stands for TFLite's READ_VARIABLE, CONCATENATION, STRIDED_SLICE and
 * ASSIGN_VARIABLE over one variable; source: TFLM `micro_resource_variable.cc`.
 */
export const slidingWindow: Op<SlidingWindowAttributes, SlidingWindowParameters> = {
  name: 'sliding_window',
  attributes: strictObject({ axis: wholeNumber(0), length: wholeNumber(1) }),
  inputCount: [1, 1],
  inferShapes(context) {
    checkAxis(context);
    const { axis, length } = context.attributes;
    const { shape } = context.inputs[0] as Tensor;
    return [shape.map((extent, i) => (i === axis ? length + extent : extent))];
  },
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare: (context) => ({
    ...geometry(context),
    zeroPoint: perTensor(nodeTitle(context), context.inputs[0] as Tensor).zeroPoint,
  }),
  state,
  reference(parameters, inputs, kept: State = createState(state(parameters))) {
    const [input] = inputs as [Int8Array];
    const [values] = kept as [Int8Array];
    const output = new Int8Array(values.length + input.length);
    slide(parameters, [values, input], output);
    keep(parameters, output, values);
    return output;
  },
  referenceFloat(context, inputs) {
    const [input] = inputs as [Float32Array];
    const shape = geometry(context);
    const zeros = new Float32Array(shape.rows * shape.kept);
    return slide(shape, [zeros, input], new Float32Array(zeros.length + input.length));
  },
  lower: ({ rows, kept, added }) => ({
    kernel: 'slidingWindow',
    arguments: [{ input: 0 }, { state: 0 }, { output: 0 }, rows, kept, added],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  }),
  inPlace: () => false,
};
