import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { KernelArgument, KernelCall, NodeContext, Op } from './op.ts';
import { startsOf } from './support/strided.ts';
import { nodeTitle } from './support/title.ts';

interface SplitAttributes {
  readonly axis: number;
  /** The size of each output along the axis. */
  readonly sizes: readonly number[];
}

/** The parameters of a split: in each of `rows` rows a run for each output. */
export interface SplitParameters {
  readonly rows: number;
  /** Elements of each output that lie one behind another in the input. */
  readonly runs: readonly number[];
}

/** As many as the kernel has addresses for. */
const maxOutputs = 10;

function inferShapes(context: Omit<NodeContext<SplitAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const { axis, sizes } = context.attributes;
  const [{ shape }] = context.inputs as [Tensor];
  const extent = shape[axis];
  if (extent === undefined) {
    throw new WickError({
      what: 'input has no such axis',
      where,
      expected: `0 to ${shape.length - 1} for an input of ${formatShape(shape)}`,
      received: `${axis}`,
    });
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== extent) {
    throw new WickError({
      what: `sizes do not add up to the input's along axis ${axis}`,
      where,
      expected: `${extent} for an input of ${formatShape(shape)}`,
      received: `${total} (${sizes.join(' + ')})`,
    });
  }
  return sizes.map((size) => shape.map((other, i) => (i === axis ? size : other)));
}

function geometry({ inputs, attributes: { axis, sizes } }: NodeContext<SplitAttributes>) {
  const { shape } = inputs[0] as Tensor;
  const inner = elementCount(shape.slice(axis + 1));
  return {
    rows: elementCount(shape.slice(0, axis)),
    runs: sizes.map((size) => size * inner),
  };
}

const rowLength = (runs: readonly number[]) => runs.reduce((sum, run) => sum + run, 0);

/** The runs of the first output of all rows, then those of the second, and so on. */
function cut<T extends Int8Array | Float32Array>(
  { rows, runs }: SplitParameters,
  input: T,
  output: T,
): T {
  const rowBytes = rowLength(runs);
  let first = 0;
  let next = 0;
  for (const run of runs) {
    for (let row = 0; row < rows; row++) {
      const start = row * rowBytes + first;
      output.set(input.subarray(start, start + run), next);
      next += run;
    }
    first += run;
  }
  return output;
}

function lower({ rows, runs }: SplitParameters): KernelCall | null {
  if (runs.length === 1) return null;
  const missing = maxOutputs - runs.length;
  return {
    kernel: 'split',
    arguments: [
      { input: 0 },
      rows,
      rowLength(runs),
      ...runs.flatMap((run, output) => [{ output }, run]),
      // An output that is missing has no bytes, wherever it lies.
      ...Array.from({ length: missing }, (): KernelArgument[] => [{ output: 0 }, 0]).flat(),
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  };
}

/**
 * The input in pieces along an axis, one an output. TFLite's SPLIT has equal sizes; the one that its SPLIT_V may leave open
 * is filled in by whoever makes the node. Sources: TFLM `split.cc`, `split_v.cc`.
 */
export const split: Op<SplitAttributes, SplitParameters> = {
  name: 'split',
  attributes: strictObject({
    axis: wholeNumber(0),
    sizes: v.pipe(v.array(wholeNumber(1)), v.minLength(1), v.maxLength(maxOutputs)),
  }),
  inputCount: [1, 1],
  inferShapes,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare: geometry,
  reference: (parameters, inputs) => {
    const [input] = inputs as [Int8Array];
    return cut(parameters, input, new Int8Array(input.length));
  },
  referenceFloat(context, inputs) {
    const [input] = inputs as [Float32Array];
    return cut(geometry(context), input, new Float32Array(input.length));
  },
  views: ({ rows, runs }) => (rows === 1 ? startsOf(runs) : undefined),
  lower,
  inPlace: () => false,
};
