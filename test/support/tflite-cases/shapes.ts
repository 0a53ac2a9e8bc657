import { int8, numbers } from '../tflite.ts';
import { type Becomes, toY } from './case.ts';

/** The same elements under other shapes. */
export function shapeCases(becomes: Becomes): void {
  const x = int8([1, 2, 1, 3]);
  becomes(
    'is free',
    toY('RESHAPE', ['x', 's'], { newShape: [1, -1] }),
    { x, s: numbers(1, -1), y: int8([1, 6]) },
    { op: 'reshape', inputs: ['x'], attributes: { shape: [1, 6] } },
  );
  becomes(
    'is free',
    toY('SQUEEZE', ['x'], { squeezeDims: [2] }),
    { x, y: int8([1, 2, 3]) },
    { op: 'reshape', attributes: { shape: [1, 2, 3] } },
  );
  becomes(
    'is free',
    toY('EXPAND_DIMS', ['x', 'a']),
    { x, a: numbers(0), y: int8([1, 1, 2, 1, 3]) },
    { op: 'reshape', attributes: { shape: [1, 1, 2, 1, 3] } },
  );
  becomes(
    'of axes of one element is free',
    toY('TRANSPOSE', ['x', 'p']),
    { x, p: numbers(1, 0, 3, 2), y: int8([2, 1, 3, 1]) },
    { op: 'reshape', attributes: { shape: [2, 1, 3, 1] } },
  );
  becomes(
    'moves what it has to',
    toY('TRANSPOSE', ['x', 'p']),
    { x: int8([2, 3]), p: numbers(1, 0), y: int8([3, 2]) },
    { op: 'transpose', attributes: { permutation: [1, 0] } },
  );
  becomes(
    'of more axes than kernels have leaves out those of one element',
    toY('TRANSPOSE', ['x', 'p']),
    {
      x: int8([1, 2, 1, 3, 4]),
      p: numbers(0, 3, 2, 1, 4),
      y: int8([1, 3, 1, 2, 4]),
    },
    { op: 'reshape', attributes: { shape: [2, 3, 4] } },
    { op: 'transpose', attributes: { permutation: [1, 0, 2] } },
    { op: 'reshape', outputs: ['y'], attributes: { shape: [1, 3, 1, 2, 4] } },
  );
  becomes(
    'puts tensors one upon another along a new axis',
    toY('PACK', ['x', 'z'], { axis: -1, valuesCount: 2 }),
    { x: int8([1, 3]), z: int8([1, 3]), y: int8([1, 3, 2]) },
    { op: 'reshape', inputs: ['x'], attributes: { shape: [1, 3, 1] } },
    { op: 'reshape', inputs: ['z'], attributes: { shape: [1, 3, 1] } },
    { op: 'concat', outputs: ['y'], attributes: { axis: 2 } },
  );
  becomes(
    'takes them apart again',
    { op: 'UNPACK', inputs: ['x'], outputs: ['y', 'z'], options: { axis: 1, num: 2 } },
    { x: int8([1, 2, 3]), y: int8([1, 3]), z: int8([1, 3]) },
    { op: 'split', attributes: { axis: 1, sizes: [1, 1] } },
    { op: 'reshape', outputs: ['y'], attributes: { shape: [1, 3] } },
    { op: 'reshape', outputs: ['z'], attributes: { shape: [1, 3] } },
  );
}

/** Pieces of tensors, and tensors of pieces. */
export function pieceCases(becomes: Becomes): void {
  const image = int8([1, 4, 6]);
  becomes(
    'to the end where the size is -1',
    toY('SLICE', ['x', 'b', 's']),
    { x: image, b: numbers(0, 1, 2), s: numbers(1, 2, -1), y: int8([1, 2, 4]) },
    {
      op: 'strided_slice',
      inputs: ['x'],
      attributes: { begin: [0, 1, 2], size: [1, 2, 4], strides: [1, 1, 1] },
    },
  );
  becomes(
    'of everything is free',
    toY('SLICE', ['x', 'b', 's']),
    { x: image, b: numbers(0, 0, 0), s: numbers(1, 4, 6), y: image },
    { op: 'reshape', attributes: { shape: [1, 4, 6] } },
  );

  const strided = (
    title: string,
    entries: { begin: number[]; end: number[]; strides: number[] },
    options: Record<string, unknown>,
    shape: number[],
    attributes: object,
    ...behind: readonly { op: string; attributes: object }[]
  ) =>
    becomes(
      title,
      toY('STRIDED_SLICE', ['x', 'b', 'e', 's'], options),
      {
        x: image,
        b: numbers(...entries.begin),
        e: numbers(...entries.end),
        s: numbers(...entries.strides),
        y: int8(shape),
      },
      { op: 'strided_slice', attributes },
      ...behind,
    );

  strided(
    'counts from the end, and backwards',
    { begin: [0, -1, -2], end: [1, -4, 6], strides: [1, -2, 1] },
    {},
    [1, 2, 2],
    { begin: [0, 3, 4], size: [1, 2, 2], strides: [1, -2, 1] },
  );
  strided(
    'takes ends that masks say for the border',
    { begin: [9, 9, 9], end: [9, 9, 9], strides: [1, 1, -5] },
    { beginMask: 0b111, endMask: 0b111 },
    [1, 4, 2],
    { begin: [0, 0, 5], size: [1, 4, 2], strides: [1, 1, -5] },
  );
  strided(
    'fills up with an ellipsis',
    { begin: [0, 2], end: [0, 5], strides: [1, 2] },
    { ellipsisMask: 0b01 },
    [1, 4, 2],
    { begin: [0, 0, 2], size: [1, 4, 2], strides: [1, 1, 2] },
  );
  strided(
    'makes axes and shrinks others away',
    { begin: [0, 0, 2, 0], end: [1, 0, 3, 3], strides: [1, 1, 1, 1] },
    { newAxisMask: 0b0010, shrinkAxisMask: 0b0100 },
    [1, 1, 3],
    { begin: [0, 2, 0], size: [1, 1, 3], strides: [1, 1, 1] },
  );
  strided(
    'counts ends from the beginning',
    { begin: [0, 1, 3], end: [1, 2, 2], strides: [1, 1, 1] },
    { offset: true },
    [1, 2, 2],
    { begin: [0, 1, 3], size: [1, 2, 2], strides: [1, 1, 1] },
  );
  strided(
    'shrinks an axis away',
    { begin: [0, 1, 0], end: [1, 2, 6], strides: [1, 1, 1] },
    { shrinkAxisMask: 0b010 },
    [1, 6],
    { begin: [0, 1, 0], size: [1, 1, 6], strides: [1, 1, 1] },
    { op: 'reshape', attributes: { shape: [1, 6] } },
  );
  becomes(
    'into equal pieces',
    { op: 'SPLIT', inputs: ['a', 'x'], outputs: ['y', 'z'], options: { numSplits: 2 } },
    { a: numbers(-1), x: image, y: int8([1, 4, 3]), z: int8([1, 4, 3]) },
    { op: 'split', inputs: ['x'], attributes: { axis: 2, sizes: [3, 3] } },
  );
  becomes(
    'into pieces of which one is what is left',
    { op: 'SPLIT_V', inputs: ['x', 's', 'a'], outputs: ['y', 'z'] },
    { x: image, s: numbers(-1, 2), a: numbers(2), y: int8([1, 4, 4]), z: int8([1, 4, 2]) },
    { op: 'split', inputs: ['x'], attributes: { axis: 2, sizes: [4, 2] } },
  );
  becomes(
    'along an axis that counts from the last',
    toY('CONCATENATION', ['x', 'z'], { axis: -1 }),
    { x: image, z: int8([1, 4, 1]), y: int8([1, 4, 7]) },
    { op: 'concat', inputs: ['x', 'z'], attributes: { axis: 2 } },
  );
}
