import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeValue } from '../../src/quantize/parameters.ts';
import { samplesAsInput } from '../../src/runtime/input.ts';
import { port } from '../support/fake-model.ts';

const bytes = {
  data: Uint8Array.of(0, 1, 127, 128, 254, 255, 3, 4),
  shape: [2, 2, 1],
  scale: Math.fround(1 / 255),
  zeroPoint: 0,
};

describe('samplesAsInput', () => {
  it('maps bytes one to one where the input has the range of the samples', () => {
    const input = samplesAsInput(bytes, port(), 'model');
    expect([...input(0)]).toEqual([-128, -127, -1, 0]);
    expect([...input(1)]).toEqual([126, 127, -125, -124]);
  });

  it('gives the real values to a float32 input, of every type of samples', () => {
    const float = port({ dtype: 'float32' });
    const real = (raw: number) => Math.fround(0.1 * (raw - 3));
    for (const data of [bytes.data, Int8Array.from(bytes.data), Float32Array.from(bytes.data)]) {
      const input = samplesAsInput({ ...bytes, data, scale: 0.1, zeroPoint: 3 }, float, 'model');
      expect(input(1)).toEqual(Float32Array.from(data.subarray(4), real));
    }
  });

  it('reuses one buffer', () => {
    const input = samplesAsInput(bytes, port(), 'model');
    expect(input(0)).toBe(input(1));
  });

  it('rounds and saturates real values as quantize does, for every type of samples', () => {
    const scale = fc.double({ min: 1e-3, max: 10, noNaN: true });
    const zeroPoint = fc.integer({ min: -128, max: 127 });
    const data = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.int8Array({ minLength: 4, maxLength: 4 }),
      fc.float32Array({ minLength: 4, maxLength: 4, min: -500, max: 500, noNaN: true }),
    );
    fc.assert(
      fc.property(data, scale, zeroPoint, scale, zeroPoint, (data, s, z, portScale, portZero) => {
        const samples = { data, shape: [2, 2, 1], scale: s, zeroPoint: z };
        const input = samplesAsInput(
          samples,
          port({ scale: portScale, zeroPoint: portZero }),
          'model',
        );
        const expected = Array.from(data, (raw) =>
          quantizeValue(s * (raw - z), portScale, portZero),
        );
        expect([...input(0)]).toEqual(expected);
      }),
    );
  });

  it('fills a flat input with the values of an image, row by row', () => {
    const input = samplesAsInput(bytes, port({ shape: [1, 4] }), 'model');
    expect([...input(1)]).toEqual([126, 127, -125, -124]);
  });

  it('takes samples of one channel for an input without channels', () => {
    const input = samplesAsInput(bytes, port({ shape: [1, 2, 2] }), 'model');
    expect([...input(1)]).toEqual([126, 127, -125, -124]);
  });

  it.each([[[1, 1, 4, 1]], [[1, 2, 2, 2]], [[2, 2, 1]], [[1, 5]]])(
    'refuses images of 2x2x1 for an input of %j',
    (shape) => {
      expect(() => samplesAsInput(bytes, port({ shape }), 'model.wasm')).toThrow(
        `model.wasm: samples do not fit the model: expected ${shape.join('x')} for input 'port', received 1x2x2x1; name data of that shape (--data)`,
      );
    },
  );
});
