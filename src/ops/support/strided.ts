import { WickError } from '../../errors.ts';
import { elementCount, formatShape } from '../../graph/types.ts';
import type { KernelCall } from '../op.ts';

/** The most axes that kernels loop over. */
export const maxRank = 4;

/** A pick of elements: output element (i, j, ...) is input element start + i * steps[0] + j * steps[1] + ... */
export interface StridedCopy {
  readonly start: number;
  /** The output's shape. */
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

/** How far apart the elements of each axis of a row-major tensor lie. */
export function rowMajorSteps(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** Where each of some runs of elements starts that lie one behind another. */
export function startsOf(runs: readonly number[]): number[] {
  let end = 0;
  return runs.map((run) => {
    end += run;
    return end - run;
  });
}

/** Throws where a shape has more axes than kernels loop over. */
export function checkRank(where: string, shape: readonly number[]): void {
  if (shape.length >= 1 && shape.length <= maxRank) return;
  throw new WickError({
    what: 'input has an unsupported number of axes',
    where,
    expected: `1 to ${maxRank}`,
    received: `${shape.length} (${formatShape(shape)})`,
  });
}

/** Index after index: where each output element comes from. */
export function copyStrided<T extends Int8Array | Float32Array>(
  { start, sizes, steps }: StridedCopy,
  input: T,
  output: T,
): T {
  const outputSteps = rowMajorSteps(sizes);
  for (let index = 0; index < output.length; index++) {
    const source = sizes.reduce((sum, size, axis) => {
      const position = Math.floor(index / (outputSteps[axis] as number)) % size;
      return sum + position * (steps[axis] as number);
    }, start);
    output[index] = input[source] as number;
  }
  return output;
}

/** The same copy with as few axes as possible: neighbours become one where one step leads through both. */
export function joinAxes({ start, sizes, steps }: StridedCopy): StridedCopy {
  const joined: { size: number; step: number }[] = [];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const step = steps[axis] as number;
    const outer = joined.at(-1);
    if (outer !== undefined && outer.step === size * step) {
      outer.size *= size;
      outer.step = step;
    } else {
      joined.push({ size, step });
    }
  });
  return {
    start,
    sizes: joined.map(({ size }) => size),
    steps: joined.map(({ step }) => step),
  };
}

/** Whether a copy takes elements that lie one behind another. */
export function isContiguous(copy: StridedCopy): boolean {
  const { steps } = joinAxes(copy);
  return steps.length === 0 || (steps.length === 1 && steps[0] === 1);
}

/** The kernel call of a copy, in every variant the same. */
export function lowerStrided(copy: StridedCopy): KernelCall {
  const { start, sizes, steps } = joinAxes(copy);
  const missing = maxRank - sizes.length;
  return {
    kernel: 'stridedCopy',
    arguments: [
      { input: 0 },
      { output: 0 },
      start,
      ...new Array<number>(missing).fill(1),
      ...sizes,
      ...new Array<number>(missing).fill(1),
      ...steps,
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  };
}
