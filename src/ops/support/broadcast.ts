import { WickError } from '../../errors.ts';
import { elementCount, formatShape, type Tensor } from '../../graph/types.ts';
import type { KernelArgument, KernelCall, NodeContext } from '../op.ts';
import { nodeTitle } from './title.ts';

/** The two operands of an elementwise op. The first is an activation, the second may be a constant. */
export interface Operands {
  readonly firstShape: readonly number[];
  readonly secondShape: readonly number[];
  /** The values of the second operand where it is a constant, else null. */
  readonly constant: Int8Array | null;
}

const maxRank = 4;

/**
 * The shape of an elementwise op's output: shapes are aligned right, and an axis of extent 1 is repeated. Throws where
 * they do not fit, or have more than four axes.
 */
export function broadcastShape(
  where: string,
  first: readonly number[],
  second: readonly number[],
): readonly number[] {
  const rank = Math.max(first.length, second.length);
  const a = extendShape(first, rank);
  const b = extendShape(second, rank);
  if (rank > maxRank || a.some((extent, i) => extent !== b[i] && extent !== 1 && b[i] !== 1)) {
    throw new WickError({
      what: 'inputs do not fit each other',
      where,
      expected: `shapes of at most ${maxRank} axes that are equal, or 1, from the last axis on`,
      received: `${formatShape(first)} and ${formatShape(second)}`,
    });
  }
  return broadcastExtents(a, b);
}

/** `inferShapes` of an elementwise op. */
export function inferBroadcast(
  context: Omit<NodeContext, 'outputs'>,
): readonly (readonly number[])[] {
  const [first, second] = context.inputs as [Tensor, Tensor];
  return [broadcastShape(nodeTitle(context), first.shape, second.shape)];
}

/** A shape with ones in front, up to `rank` axes. */
function extendShape(shape: readonly number[], rank: number): readonly number[] {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape];
}

function broadcastExtents(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((extent, i) => (extent === 1 ? (b[i] as number) : extent));
}

/** The operands of a node whose inputs are int8. */
export function operandsOf({ inputs }: Pick<NodeContext, 'inputs'>): Operands {
  const [first, second] = inputs as [Tensor, Tensor];
  return {
    firstShape: first.shape,
    secondShape: second.shape,
    constant: second.data instanceof Int8Array ? second.data : null,
  };
}

/**
 * Calls `visit` for each element of the output in order, with the indices of the two operands' elements.
 * Source: TFLite `NdArrayDescsForElementwiseBroadcast` and the loops of its `Broadcast…4DSlow` functions.
 */
function forEachPair(
  firstShape: readonly number[],
  secondShape: readonly number[],
  visit: (output: number, first: number, second: number) => void,
): void {
  const a = extendShape(firstShape, maxRank);
  const b = extendShape(secondShape, maxRank);
  const extents = broadcastExtents(a, b);
  const count = elementCount(extents);
  for (let output = 0; output < count; output++) {
    let rest = output;
    let [first, second, firstStride, secondStride] = [0, 0, 1, 1];
    for (let axis = maxRank - 1; axis >= 0; axis--) {
      const coordinate = rest % (extents[axis] as number);
      rest = Math.floor(rest / (extents[axis] as number));
      if (a[axis] !== 1) first += coordinate * firstStride;
      if (b[axis] !== 1) second += coordinate * secondStride;
      firstStride *= a[axis] as number;
      secondStride *= b[axis] as number;
    }
    visit(output, first, second);
  }
}

function outputCount({ firstShape, secondShape }: Operands): number {
  const [a, b] = [extendShape(firstShape, maxRank), extendShape(secondShape, maxRank)];
  return elementCount(broadcastExtents(a, b));
}

/** The int8 output of `combine` over all pairs; `inputs` are the activations only. */
export function combineInt8(
  operands: Operands,
  inputs: readonly Int8Array[],
  combine: (first: number, second: number) => number,
): Int8Array {
  const a = inputs[0] as Int8Array;
  const b = operands.constant ?? (inputs[1] as Int8Array);
  const result = new Int8Array(outputCount(operands));
  forEachPair(operands.firstShape, operands.secondShape, (output, first, second) => {
    result[output] = combine(a[first] as number, b[second] as number);
  });
  return result;
}

/** The float output of `combine` over all pairs; `inputs` are all inputs. */
export function combineFloat(
  context: NodeContext,
  inputs: readonly Float32Array[],
  combine: (first: number, second: number) => number,
): Float32Array {
  const [a, b] = inputs as [Float32Array, Float32Array];
  const operands = operandsOf(context);
  const result = new Float32Array(outputCount(operands));
  forEachPair(operands.firstShape, operands.secondShape, (output, first, second) => {
    result[output] = combine(a[first] as number, b[second] as number);
  });
  return result;
}

/** Whether the output has as many elements as the first operand, so that element lies on element. */
export function isInPlace(operands: Operands): boolean {
  return elementCount(operands.firstShape) === outputCount(operands);
}

/** Loops over a pair of operands: four extents, and a stride for each in both operands (0 where values are repeated). */
interface PairLoops {
  readonly extents: readonly number[];
  readonly firstStrides: readonly number[];
  readonly secondStrides: readonly number[];
}

/** The fewest loops over a pair: neighbouring axes are one where both operands treat them alike. */
function mergeAxes({ firstShape, secondShape }: Operands): PairLoops {
  const a = extendShape(firstShape, maxRank);
  const b = extendShape(secondShape, maxRank);
  // From the innermost loop on.
  const loops: { first: number; second: number }[] = [];
  for (let axis = maxRank - 1; axis >= 0; axis--) {
    const [first, second] = [a[axis] as number, b[axis] as number];
    if (first === 1 && second === 1) continue;
    const last = loops.at(-1);
    const alike =
      last !== undefined &&
      (last.first === 1) === (first === 1) &&
      (last.second === 1) === (second === 1);
    if (alike) {
      last.first *= first;
      last.second *= second;
    } else {
      loops.push({ first, second });
    }
  }
  const extents: number[] = [];
  const firstStrides: number[] = [];
  const secondStrides: number[] = [];
  let [firstStride, secondStride] = [1, 1];
  for (let i = 0; i < maxRank; i++) {
    const { first, second } = loops[i] ?? { first: 1, second: 1 };
    extents.unshift(Math.max(first, second));
    firstStrides.unshift(first === 1 ? 0 : firstStride);
    secondStrides.unshift(second === 1 ? 0 : secondStride);
    firstStride *= first;
    secondStride *= second;
  }
  return { extents, firstStrides, secondStrides };
}

/**
 * The call of an elementwise kernel: operands, output, whether the second operand is a constant, loops, then
 * `numbers`. `tables` are 16-byte aligned constants in front of that operand. A second operand that is one constant
 * makes the op a function of one int8, and so a table of 256 bytes.
 */
export function lowerOperands(
  operands: Operands,
  kernel: {
    readonly name: string;
    readonly numbers: readonly KernelArgument[];
    readonly tables?: Uint8Array;
  },
  combine: (first: number, second: number) => number,
): KernelCall {
  const { constant } = operands;
  if (constant?.length === 1) {
    const table = Int8Array.from({ length: 256 }, (_, byte) =>
      combine((byte << 24) >> 24, constant[0] as number),
    );
    return {
      kernel: 'lookup',
      arguments: [{ input: 0 }, { weights: 0 }, { output: 0 }, outputCount(operands)],
      weights: new Uint8Array(table.buffer),
      scratchBytes: 0,
      readByValue: [0],
    };
  }
  const { extents, firstStrides, secondStrides } = mergeAxes(operands);
  const tables = kernel.tables ?? new Uint8Array(0);
  const weights = new Uint8Array(tables.length + (constant?.length ?? 0));
  weights.set(tables);
  if (constant !== null)
    weights.set(new Uint8Array(Int8Array.from(constant).buffer), tables.length);
  return {
    kernel: kernel.name,
    arguments: [
      { input: 0 },
      constant === null ? { input: 1 } : { weights: tables.length },
      { output: 0 },
      { isWeights: 1 },
      ...extents,
      ...firstStrides,
      ...secondStrides,
      ...kernel.numbers,
    ],
    weights,
    scratchBytes: 0,
    readByValue: kernel.numbers.flatMap((value) =>
      typeof value === 'object' && 'weights' in value ? [value.weights] : [],
    ),
  };
}
