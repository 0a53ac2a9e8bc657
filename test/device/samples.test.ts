import { describe, expect, it } from 'vitest';
import { writeIdx } from '../../src/data/idx.ts';
import { inputsOfFile, inputsOfSamples } from '../../src/device/samples.ts';

const port = (shape: readonly number[], dtype: 'int8' | 'float32' = 'int8') => ({
  ...{ name: 'x', shape, dtype, scale: 1 / 255, zeroPoint: -128 },
});
const all = (series: ReturnType<typeof inputsOfFile>) =>
  Array.from({ length: series.count }, (_, index) =>
    series.inputsOf(index).map((input) => [...input]),
  );

describe('a file of inputs', () => {
  it('of raw values holds all inputs of one inference after another', () => {
    const series = inputsOfFile(
      Uint8Array.of(1, 2, 255, 3, 4, 254),
      [port([1, 2]), port([1])],
      'a.bin',
    );
    expect(all(series)).toEqual([
      [[1, 2], [-1]],
      [[3, 4], [-2]],
    ]);
  });

  it('of raw values may hold float32', () => {
    const values = Float32Array.of(0.5, -2);
    const series = inputsOfFile(new Uint8Array(values.buffer), [port([1], 'float32')], 'a');
    expect(all(series)).toEqual([[[0.5]], [[-2]]]);
  });

  it.each([0, 1, 5])('of %d raw values is refused where it takes 2', (length) => {
    const bytes = new Uint8Array(length);
    expect(() => inputsOfFile(bytes, [port([1, 2])], 'a.bin')).toThrow(
      `a.bin: inputs do not fit the model: expected a multiple of 2 bytes (2), from 1, received ${length}`,
    );
  });

  it("in IDX holds the model's own int8 values, or bytes that stand for 0 to 1", () => {
    const shape = [2, 2];
    const int8 = writeIdx({ dtype: 'int8', shape, data: Int8Array.of(-128, 5, 127, 0) });
    const bytes = writeIdx({ dtype: 'uint8', shape, data: Uint8Array.of(0, 133, 255, 128) });
    const expected = [[[-128, 5]], [[127, 0]]];
    expect(all(inputsOfFile(int8, [port([1, 2])], 'inputs-idx2-int8'))).toEqual(expected);
    expect(all(inputsOfFile(bytes, [port([1, 2])], 'inputs.idx2-ubyte'))).toEqual(expected);
  });

  it('in IDX stands for what its step is said to be worth, which raw values have not', () => {
    const bytes = writeIdx({ dtype: 'uint8', shape: [1, 2], data: Uint8Array.of(0, 200) });
    const half = inputsOfFile(bytes, [port([1, 2])], 'inputs.idx2-ubyte', 0.5 / 255);
    expect(all(half)).toEqual([[[-128, -28]]]);
    const int8 = writeIdx({ dtype: 'int8', shape: [1, 2], data: Int8Array.of(0, 100) });
    expect(all(inputsOfFile(int8, [port([1, 2])], 'a-idx2', 1 / 255))).toEqual([[[-128, -28]]]);
    expect(() => inputsOfFile(Uint8Array.of(1, 2), [port([1, 2])], 'a.bin', 1)).toThrow(
      'a.bin: a scale is for IDX files only',
    );
  });

  it('in IDX holds real values where the input does', () => {
    const int8 = writeIdx({ dtype: 'int8', shape: [1, 2], data: Int8Array.of(-3, 5) });
    expect(all(inputsOfFile(int8, [port([1, 2], 'float32')], 'a-idx2'))).toEqual([[[-3, 5]]]);
  });

  it('in IDX is refused where its type or shape fits no input', () => {
    const doubles = writeIdx({ dtype: 'float64', shape: [1, 2], data: new Float64Array(2) });
    expect(() => inputsOfFile(doubles, [port([1, 2])], 'a-idx2')).toThrow('received float64');
    const three = writeIdx({ dtype: 'int8', shape: [1, 3], data: new Int8Array(3) });
    expect(() => inputsOfFile(three, [port([1, 2])], 'a.idx2-int8')).toThrow(
      'do not fit the model',
    );
  });
});

it('samples are refused by a model of several inputs', () => {
  const samples = { data: new Uint8Array(2), shape: [2], scale: 1, zeroPoint: 0, count: 1 };
  expect(() => inputsOfSamples(samples, [port([1, 2]), port([1])], 'net')).toThrow(
    'net: model does not take single samples: expected 1 input, received 2',
  );
});
