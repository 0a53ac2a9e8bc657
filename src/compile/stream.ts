import { WickError } from '../errors.ts';
import { largestOf, smallestOf } from '../extremes.ts';
import type { KernelCall } from '../ops/op.ts';
import { align } from './plan.ts';

/** Bytes of a window where nothing else is said. */
export const defaultWindowBytes = 4096;

/** The smallest window: below it a host call would bring less than the call itself costs. */
export const leastWindowBytes = 256;

/** A weight with this bit in its address lies at the rest of it in weights.bin, and is read through the halves. */
export const streamed = 0x80000000;

/** Bytes of weights.bin that a layer has read to linear memory before it starts. */
export interface WeightsRead {
  /** Into weights.bin. */
  readonly offset: number;
  /** In linear memory. */
  readonly address: number;
  readonly bytes: number;
}

/** How one layer gets its weights. */
export interface LayerStream {
  readonly reads: readonly WeightsRead[];
  /** Where the rest of the layer's weights ends in weights.bin, which passes through the halves; undefined without such. */
  readonly end?: number;
  /** What an argument of the layer's call becomes that points at this offset into the call's weights. */
  address(offset: number): number;
}

/** The arrangement of a window of linear memory through which a model's weights pass. */
export interface StreamPlan {
  readonly windowBytes: number;
  /** The smallest window in which each layer's weights have room at once: beyond it nothing is read twice. */
  readonly wholeLayersBytes: number;
  /** Two blocks of this size, side by side, hold what was read last of the layers that have no room in the window. */
  readonly halves: { readonly address: number; readonly bytes: number };
  /** Undefined where a layer has no weights. */
  readonly layers: readonly (LayerStream | undefined)[];
}

/**
 * Plans how the weights of each call pass through a window in linear memory.
 *
 * The weights of a layer that have room in the window are read by one host call before the layer starts. Of a layer that
 * is larger the pieces that are read by value, and the small ones, are read so; the rest passes through two halves of the
 * window, of which the one that was used last but one makes room. A kernel that reads its weights once for each tile of
 * its output then has them read anew for each tile.
 *
 * @param offsets where each call's weights start in weights.bin
 * @param address of the window, a multiple of 16
 * @param windowBytes its size at most: it is never larger than the largest layer wants
 * @param titles of the layers, for errors
 * @throws WickError where the window is too small, and how large it would have to be
 */
export function planStream(
  calls: readonly (KernelCall | null)[],
  offsets: readonly number[],
  address: number,
  windowBytes: number,
  titles: readonly string[],
): StreamPlan {
  if (!Number.isSafeInteger(windowBytes) || windowBytes < leastWindowBytes) {
    throw new WickError({
      what: 'window is too small',
      where: 'window',
      expected: `at least ${leastWindowBytes} bytes`,
      received: `${windowBytes}`,
    });
  }
  const sizes = calls.map((call) => align(call?.weights.length ?? 0));
  const wholeLayersBytes = largestOf(sizes, 0);
  const bytes = Math.min(align(windowBytes - 15), wholeLayersBytes);
  const parts = calls.map((call, layer) =>
    call === null || (sizes[layer] as number) <= bytes
      ? undefined
      : splitPieces(call, bytes, titles[layer] as string),
  );
  const half = smallestOf(
    parts.map((part) => (part === undefined ? bytes : bytes - part.residentBytes) / 2),
  );
  const halfBytes = align(half - 15);
  return {
    windowBytes: bytes,
    wholeLayersBytes,
    halves: { address: address + bytes - 2 * halfBytes, bytes: halfBytes },
    layers: calls.map((call, layer) => {
      if (call === null || call.weights.length === 0) return undefined;
      const start = offsets[layer] as number;
      const part = parts[layer];
      if (part === undefined) {
        return {
          reads: [{ offset: start, address, bytes: call.weights.length }],
          address: (offset) => address + offset,
        };
      }
      const reads: (WeightsRead & { readonly piece: number })[] = [];
      let end = address;
      for (const { offset, bytes } of part.resident) {
        reads.push({ piece: offset, offset: start + offset, address: end, bytes });
        end += align(bytes);
      }
      return {
        reads,
        end: start + call.weights.length,
        address: (offset) =>
          reads.find(({ piece }) => piece === offset)?.address ?? streamed | (start + offset) | 0,
      };
    }),
  };
}

interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The pieces of a call's weights (what lies from where one argument points to where the next one does) that stay in the
 * window while the layer runs: those that are read by value, and the smallest others within half of the window.
 */
function splitPieces(
  { weights, arguments: values, readByValue = [] }: KernelCall,
  windowBytes: number,
  title: string,
): { readonly resident: readonly Piece[]; readonly residentBytes: number } {
  const starts = values
    .flatMap((value) => (typeof value === 'object' && 'weights' in value ? [value.weights] : []))
    .sort((a, b) => a - b);
  const pieces = [...new Set(starts)].map((offset, index, all) => ({
    offset,
    bytes: (all[index + 1] ?? weights.length) - offset,
  }));
  const byValue = (piece: Piece) => readByValue.includes(piece.offset);
  const resident = pieces.filter(byValue);
  const total = () => resident.reduce((sum, { bytes }) => sum + align(bytes), 0);
  // What is read by value is read in no order: through the halves it would cost as many calls as the values say.
  const least = total() + leastWindowBytes;
  if (resident.length > 0 && windowBytes < least) {
    throw new WickError({
      what: 'window is too small for the tables of a layer',
      where: title,
      expected: `at least ${Math.min(least, align(weights.length))} bytes`,
      received: `${windowBytes}`,
    });
  }
  const others = pieces.filter((piece) => !byValue(piece)).sort((a, b) => a.bytes - b.bytes);
  for (const piece of others) {
    if (total() + align(piece.bytes) > windowBytes / 2) break;
    resident.push(piece);
  }
  return { resident, residentBytes: total() };
}
