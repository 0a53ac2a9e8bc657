// What the mappings in `cases` have in common: typed values of a case, and what it asks of an op. A value that is not as
// a case has it is refused with the file and the key.
import { WickError } from '../../src/errors.ts';
import { unpackInt4 } from '../../src/graph/int4.ts';
import { elementCount } from '../../src/graph/types.ts';
import type { Op } from '../../src/ops/op.ts';
import type { OutputStage } from '../../src/ops/support/fixedpoint.ts';
import type { WeightBits } from '../../src/ops/support/quantized.ts';
import type { CmsisCase } from './reference.ts';

/** One thing that a case asks of an op: this output for these inputs, byte for byte. */
export interface CaseRun {
  readonly op: Op;
  readonly parameters: unknown;
  readonly inputs: readonly Int8Array[];
  readonly expected: Int8Array;
  /** Where `expected` starts in the case's expected values. */
  readonly offset: number;
  /** The inputs of the inferences before this one, for ops with state. */
  readonly before?: readonly (readonly Int8Array[])[];
  /** How this run differs from the case as it stands, if it does. */
  readonly detail?: string;
}

/** Why no op can be asked for what a case wants. */
export interface NotApplicable {
  readonly reason: string;
}

/** From the cases of one folder to runs of an op. */
export type CaseMapping = (example: CmsisCase) => readonly CaseRun[] | NotApplicable;

/** A {@link CaseRun} of an op whose parameters fit it. */
export function caseRun<A, P>(
  op: Op<A, P>,
  parameters: P,
  inputs: readonly Int8Array[],
  expected: Int8Array,
  rest: Partial<Pick<CaseRun, 'offset' | 'before' | 'detail'>> = {},
): CaseRun {
  return { op: op as Op, parameters, inputs, expected, offset: 0, ...rest };
}

/** A run for each sample of a case's batch: ops work on one. */
export function batchRuns<A, P>(
  op: Op<A, P>,
  parameters: P,
  example: CmsisCase,
  sizes: { readonly input: number; readonly output: number },
): readonly CaseRun[] {
  const inputs = batches(example, 'input', sizes.input);
  const expected = batches(example, 'expected', sizes.output);
  if (inputs.length !== expected.length) {
    throw new WickError({
      what: "'data.expected' does not fit 'data.input'",
      where: example.where,
      expected: `${inputs.length} samples of ${sizes.output} values`,
      received: `${expected.length}`,
    });
  }
  return inputs.map((input, n) =>
    caseRun(op, parameters, [input], expected[n] as Int8Array, { offset: n * sizes.output }),
  );
}

/** Splits data of a case into single samples of `elements` each. */
function batches(example: CmsisCase, key: string, elements: number): Int8Array[] {
  const all = int8Values(example, key);
  if (elements === 0 || all.length === 0 || all.length % elements !== 0) {
    throw new WickError({
      what: `'data.${key}' does not fit its shape`,
      where: example.where,
      expected: `a multiple of ${elements} values`,
      received: `${all.length}`,
    });
  }
  return Array.from({ length: all.length / elements }, (_, n) =>
    all.slice(n * elements, (n + 1) * elements),
  );
}

function refuse({ where }: CmsisCase, key: string, expected: string, value: unknown): never {
  const received = value === undefined ? 'nothing' : (JSON.stringify(value).slice(0, 60) as string);
  throw new WickError({ what: `'${key}' does not fit`, where, expected, received });
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/** A whole number of a case's parameters. */
export function numberOf(example: CmsisCase, key: string): number {
  const value = example.params[key];
  return isWhole(value) ? value : refuse(example, `params.${key}`, 'a whole number', value);
}

/** A list of whole numbers of a case's parameters. */
export function numbersOf(example: CmsisCase, key: string): readonly number[] {
  const value = example.params[key];
  return Array.isArray(value) && value.every(isWhole)
    ? value
    : refuse(example, `params.${key}`, 'a list of whole numbers', value);
}

/** Two whole numbers of a case's parameters. */
export function pairOf(example: CmsisCase, key: string): readonly [number, number] {
  const value = numbersOf(example, key);
  const [first, second] = value;
  return first !== undefined && second !== undefined && value.length === 2
    ? [first, second]
    : refuse(example, `params.${key}`, 'two numbers', value);
}

/** [height, width, channels] of a case's NHWC shape. */
export function imageOf(example: CmsisCase, key: string): readonly [number, number, number] {
  const value = numbersOf(example, key);
  const [, height, width, channels] = value;
  return height !== undefined && width !== undefined && channels !== undefined && value.length === 4
    ? [height, width, channels]
    : refuse(example, `params.${key}`, 'four numbers', value);
}

function valuesOf(
  example: CmsisCase,
  key: string,
  [least, most]: readonly [number, number],
  length?: number,
): readonly number[] {
  const values = example.data[key];
  const count = length === undefined ? 'values' : `${length} values`;
  if (values === undefined) return refuse(example, `data.${key}`, count, undefined);
  if (length !== undefined && values.length !== length) {
    const { where } = example;
    const received = `${values.length}`;
    throw new WickError({ what: `'data.${key}' does not fit`, where, expected: count, received });
  }
  const other = values.find((value) => value < least || value > most);
  return other === undefined
    ? values
    : refuse(example, `data.${key}`, `values in [${least}, ${most}]`, other);
}

/** int8 data of a case, `length` values of it where that is known. */
export function int8Values(example: CmsisCase, key: string, length?: number): Int8Array {
  return Int8Array.from(valuesOf(example, key, [-128, 127], length));
}

/** The weights of a case, of four bits two a byte: some cases state these bytes as signed. */
export function weightsOf(example: CmsisCase, count: number, bits: WeightBits): Int8Array {
  if (bits === 8) return int8Values(example, 'weights', count);
  const bytes = valuesOf(example, 'weights', [-128, 255], Math.ceil(count / 2));
  return unpackInt4(Int8Array.from(bytes), count);
}

/** int32 data of a case. */
export function int32Values(example: CmsisCase, key: string, length?: number): Int32Array {
  return Int32Array.from(valuesOf(example, key, [-(2 ** 31), 2 ** 31 - 1], length));
}

/** A case's biases: zeros where it has none. */
export function biasOf(example: CmsisCase, channels: number): Int32Array {
  return example.data.bias === undefined
    ? new Int32Array(channels)
    : int32Values(example, 'bias', channels);
}

/** Where the outputs of a case are clamped. */
export function activationOf(example: CmsisCase): { readonly min: number; readonly max: number } {
  const [min, max] = pairOf(example, 'activation');
  return { min, max };
}

/** The output stage of a case with lists of multipliers and shifts; one of them stands for every channel. */
export function caseOutputStage(example: CmsisCase, channels: number): OutputStage {
  const spread = (key: string) => {
    const one = example.data[key]?.length === 1;
    const values = int32Values(example, key, one ? 1 : channels);
    return Int32Array.from({ length: channels }, (_, c) => values[one ? 0 : c] as number);
  };
  return {
    multipliers: spread('multiplier'),
    shifts: spread('shift'),
    outputZeroPoint: numberOf(example, 'output_offset'),
    ...activationOf(example),
  };
}

/** The output stage of a case with one multiplier among its parameters. */
export function singleOutputStage(example: CmsisCase): OutputStage {
  return {
    multipliers: Int32Array.of(numberOf(example, 'output_multiplier')),
    shifts: Int32Array.of(numberOf(example, 'output_shift')),
    outputZeroPoint: numberOf(example, 'output_offset'),
    ...activationOf(example),
  };
}

/** The geometry of a case of a window that moves over an image, and the size of one sample. */
export function windowOf(example: CmsisCase) {
  const [top, left] = pairOf(example, 'pad');
  const inputShape = imageOf(example, 'input_shape');
  const outputShape = imageOf(example, 'output_shape');
  return {
    geometry: {
      inputShape,
      outputShape,
      stride: pairOf(example, 'stride'),
      padding: { top, left },
    },
    sizes: { input: elementCount(inputShape), output: elementCount(outputShape) },
  };
}

/**
 * What a convolution of a case with these output channels multiplies by, and how it ends. `first` and `last` are what its
 * filters' shape has to begin and end with.
 */
export function filterOf(
  example: CmsisCase,
  channels: number,
  first: number,
  last: number,
  weightBits: WeightBits = 8,
) {
  const key = 'filter_shape';
  const shape = numbersOf(example, key);
  const [height, width] = imageOf(example, key);
  if (shape[0] !== first || shape[3] !== last) {
    refuse(example, `params.${key}`, `[${first}, height, width, ${last}]`, shape);
  }
  return {
    kernel: [height, width] as const,
    inputZeroPoint: -numberOf(example, 'input_offset'),
    weights: weightsOf(example, elementCount(shape), weightBits),
    weightBits,
    bias: biasOf(example, channels),
    output: caseOutputStage(example, channels),
  };
}

/** The two operands of an elementwise case. */
export function operandsOf(
  example: CmsisCase,
  firstShape: readonly number[],
  secondShape: readonly number[],
): readonly [Int8Array, Int8Array] {
  return [
    int8Values(example, 'input1', elementCount(firstShape)),
    int8Values(example, 'input2', elementCount(secondShape)),
  ];
}
