import { type Operation, refusal } from '../operation.ts';

/** The places that a slice takes along an axis of its input. */
export interface AxisRange {
  readonly begin: number;
  readonly size: number;
  readonly stride: number;
}

/** What STRIDED_SLICE says of each of its entries. */
export interface StridedEntries {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
}

/** The masks of STRIDED_SLICE: bit i is about entry i. */
export interface StridedMasks {
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
  readonly offset: boolean;
}

/** A mask has no bits for more. */
const maxEntries = 32;

/**
 * The places that STRIDED_SLICE takes along each axis of its input. An ellipsis stands for whole axes; entries that make a
 * new axis take nothing; an axis that is shrunk away gives one place. Sources: TFLite `strided_slice.cc`
 * (`BuildStridedSliceParams`) and `strided_slice_logic.h`.
 */
export function stridedRanges(
  operation: Operation<StridedMasks>,
  shape: readonly number[],
  entries: StridedEntries,
): readonly AxisRange[] {
  const { ellipsisMask, newAxisMask } = operation.options;
  const count = entries.begin.length;
  const has = (mask: number, i: number) => ((mask >> i) & 1) === 1;
  const entryOfAxis: (number | undefined)[] = [];
  let seen = false;
  for (let i = 0; i < Math.min(count, maxEntries); i++) {
    if (has(ellipsisMask, i) && !seen) {
      seen = true;
      const behind = [...entries.begin.keys()].filter(
        (other) => other > i && !has(newAxisMask, other),
      ).length;
      while (entryOfAxis.length + behind < shape.length) entryOfAxis.push(undefined);
    } else if (!has(newAxisMask, i)) {
      entryOfAxis.push(i);
    }
  }
  if (count > maxEntries || entryOfAxis.length > shape.length) {
    throw refusal(operation, {
      what: 'slice does not fit its tensor',
      expected: `entries for ${shape.length} axes`,
      received: `${count}`,
    });
  }
  return shape.map((extent, axis) => {
    const entry = entryOfAxis[axis];
    if (entry === undefined) return { begin: 0, size: extent, stride: 1 };
    return rangeOf(operation, extent, axis, entry, entries);
  });
}

function rangeOf(
  operation: Operation<StridedMasks>,
  extent: number,
  axis: number,
  entry: number,
  { begin, end, strides }: StridedEntries,
): AxisRange {
  const { beginMask, endMask, shrinkAxisMask, offset } = operation.options;
  const has = (mask: number) => ((mask >> entry) & 1) === 1;
  const [from, to, stride] = [
    begin[entry] as number,
    end[entry] as number,
    strides[entry] as number,
  ];
  // Backwards, the place before the first one ends a slice.
  const [least, most] = stride > 0 ? [0, extent] : [-1, extent - 1];
  const place = (index: number) =>
    Math.min(most, Math.max(least, index < 0 ? index + extent : index));
  const fail = (expected: string, received: string) =>
    refusal(operation, { what: `slice does not fit axis ${axis}`, expected, received });
  if (has(shrinkAxisMask)) {
    const first = from < 0 ? from + extent : from;
    if (first < 0 || first >= extent) throw fail(`a place from 0 to ${extent - 1}`, `${from}`);
    return { begin: first, size: 1, stride: 1 };
  }
  if (stride === 0) throw fail('a stride', '0');
  const first = has(beginMask) ? (stride > 0 ? 0 : extent - 1) : place(from);
  const last = has(endMask) ? (stride > 0 ? extent : -1) : place(offset ? from + to : to);
  const size = Math.ceil((last - first) / stride);
  if (size < 1) throw fail('at least one place', `${from} to ${to} by ${stride}`);
  return { begin: first, size, stride };
}
