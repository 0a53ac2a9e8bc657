import { writeFlatBuffer } from '../../src/export/tflite/flatbuffer.ts';
import { readFlatBuffer } from '../../src/import/tflite/flatbuffer.ts';
import { fileIdentifier, modelSchema } from '../../src/import/tflite/schema.ts';
import type { Random } from '../../src/random.ts';

/** Numbers at which sizes, indices and offsets go wrong. */
const extremes = [0, 1, 2, -1, 4, 127, 128, 255, 65535, 2 ** 24, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)];

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const place = (bytes: Uint8Array, random: Random, size: number) =>
  random.integer(Math.max(1, bytes.length - size + 1));

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const result = bytes.slice();
  for (let flips = 1 + random.integer(8); flips > 0; flips--) {
    const index = place(bytes, random, 1);
    result[index] = (result[index] ?? 0) ^ (1 << random.integer(8));
  }
  return result;
}

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.integer(bytes.length));

/** A word becomes an extreme number, or leads to any place: beyond the end, to a table of another kind, around in a circle. */
function replaceWord(bytes: Uint8Array, random: Random): Uint8Array {
  const result = bytes.slice();
  const view = new DataView(result.buffer);
  for (let words = 1 + random.integer(3); words > 0; words--) {
    const index = place(bytes, random, 4) & ~3;
    const value =
      random.integer(2) === 0
        ? (extremes[random.integer(extremes.length)] as number)
        : random.integer(2 * bytes.length) - bytes.length;
    if (index + 4 <= result.length) view.setInt32(index, value, true);
  }
  return result;
}

/** A field's place in a table, or a table's size, becomes another. */
function replaceHalf(bytes: Uint8Array, random: Random): Uint8Array {
  const result = bytes.slice();
  const index = place(bytes, random, 2) & ~1;
  if (index + 2 <= result.length) {
    new DataView(result.buffer).setUint16(index, random.integer(65536), true);
  }
  return result;
}

/** A piece of the file is written over another one. */
function copyPiece(bytes: Uint8Array, random: Random): Uint8Array {
  const result = bytes.slice();
  const length = 1 + random.integer(64);
  const from = place(bytes, random, length);
  const piece = bytes.subarray(from, from + length);
  result.set(piece, random.integer(Math.max(1, bytes.length - piece.length)));
  return result;
}

/** Bytes are put in or taken out, so that all that lies behind moves. */
function shift(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(bytes.length);
  const count = 1 + random.integer(8);
  if (random.integer(2) === 0) {
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)]);
  }
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    ...new Array(count).fill(0),
    ...bytes.subarray(at),
  ]);
}

type Leaf = { readonly owner: Record<string | number, unknown>; readonly key: string | number };

/** Where in a model a number, a list of numbers or a list of tables stands. */
function leavesOf(value: unknown, leaves: Leaf[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return leaves;
  const owner = value as Record<string | number, unknown>;
  for (const key of Object.keys(owner)) {
    const inner = owner[key];
    if (typeof inner === 'number' || (Array.isArray(inner) && inner.length > 0)) {
      leaves.push({ owner, key });
    }
    leavesOf(inner, leaves);
  }
  return leaves;
}

/** A sound file that says something absurd: a shape, an index, an option, a list that is longer or shorter. */
function changeValues(bytes: Uint8Array, random: Random): Uint8Array {
  const model = structuredClone(readFlatBuffer(bytes, modelSchema, fileIdentifier, 'fuzz'));
  for (let changes = 1 + random.integer(3); changes > 0; changes--) {
    const leaves = leavesOf(model);
    const { owner, key } = leaves[random.integer(leaves.length)] as Leaf;
    const value = owner[key];
    if (typeof value === 'number') {
      owner[key] = extremes[random.integer(extremes.length)];
    } else if (Array.isArray(value)) {
      const half = value.slice(0, random.integer(value.length));
      const again = Array.from({ length: 1 + random.integer(3) }, () => value).flat();
      owner[key] = random.integer(2) === 0 ? half : again.slice(0, 10_000);
    }
  }
  return writeFlatBuffer(modelSchema, model, fileIdentifier);
}

const mutations: readonly Mutation[] = [
  flipBits,
  truncate,
  replaceWord,
  replaceWord,
  replaceHalf,
  copyPiece,
  shift,
  changeValues,
  changeValues,
];

/** A damaged or absurd file from a sound one. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const mutation = mutations[random.integer(mutations.length)] as Mutation;
  return mutation(bytes, random);
}
