import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { checkGraph } from '../../src/graph/check.ts';
import { loadGraph, saveGraph } from '../../src/graph/files.ts';
import { findBeyondInt4, packInt4, unpackInt4 } from '../../src/graph/int4.ts';
import { readSafetensors } from '../../src/graph/safetensors.ts';
import { constantsOf, graphFromJson, graphToJson } from '../../src/graph/serialize.ts';
import { byteLength, type Graph, type Tensor } from '../../src/graph/types.ts';
import { canonicalWeightsBytes, countParameters, weightsSha256 } from '../../src/graph/weights.ts';

const int4Array = fc
  .array(fc.integer({ min: -8, max: 7 }), { maxLength: 40 })
  .map((list) => Int8Array.from(list));

describe('packInt4', () => {
  it('puts the earlier value in the low nibble and 0 behind the last of an odd count', () => {
    expect([...packInt4(Int8Array.of(1, -1, -8, 7, -2))]).toEqual([0xf1 - 256, 0x78, 0x0e]);
    expect(packInt4(new Int8Array(0)).length).toBe(0);
  });

  it('is undone by unpackInt4', () => {
    fc.assert(
      fc.property(int4Array, (values) => {
        const packed = packInt4(values);
        expect(packed.length).toBe(Math.ceil(values.length / 2));
        expect(unpackInt4(packed, values.length)).toEqual(values);
      }),
    );
  });
});

describe('findBeyondInt4', () => {
  it('gives the index of the first value outside of -8 to 7, -1 where there is none', () => {
    expect(findBeyondInt4(Int8Array.of(-8, 7, 0))).toBe(-1);
    expect(findBeyondInt4(Int8Array.of(0, 8, -9))).toBe(1);
    expect(findBeyondInt4(Int8Array.of(-9))).toBe(0);
  });
});

const weights: Tensor = {
  name: 'weights',
  shape: [3, 3],
  dtype: 'int4',
  quantization: { scale: [0.5, 0.25, 1], zeroPoint: [0, 0, 0], axis: 0 },
  data: Int8Array.of(1, -1, -8, 7, -2, 3, 4, -5, 6),
};
const packedWeights = [0xf1, 0x78, 0x3e, 0xb4, 0x06];
const bias: Tensor = {
  name: 'bias',
  shape: [3],
  dtype: 'int32',
  data: Int32Array.of(-70000, 7, 0),
};

/** x → dense(weights, bias) → y, where x is `activation` and the weights are `constant`. */
function graphOf(constant: Tensor = weights, activation: Partial<Tensor> = {}): Graph {
  const whole = { scale: [0.5], zeroPoint: [-3] };
  const x: Tensor = { name: 'x', shape: [1, 3], dtype: 'int8', quantization: whole, ...activation };
  const y: Tensor = { name: 'y', shape: [1, 3], dtype: 'int8', quantization: whole };
  return {
    name: 'small',
    inputs: ['x'],
    outputs: ['y'],
    tensors: new Map([x, constant, bias, y].map((tensor) => [tensor.name, tensor])),
    nodes: [
      {
        name: 'layer',
        op: 'dense',
        inputs: ['x', 'weights', 'bias'],
        outputs: ['y'],
        attributes: { activation: 'none' },
      },
    ],
  };
}

describe('an int4 constant', () => {
  const graph = graphOf();

  it('takes half a byte a value, rounded up', () => {
    expect(byteLength(weights)).toBe(5);
    expect(byteLength({ shape: [4], dtype: 'int4' })).toBe(2);
    expect(canonicalWeightsBytes(graph)).toBe(5 + 12);
    expect(countParameters(graph)).toBe(9 + 3);
  });

  it('is stored packed, as one row of int8', () => {
    expect(constantsOf(graph).get('weights')).toEqual({
      dtype: 'int8',
      shape: [5],
      data: Int8Array.from(packedWeights),
    });
    expect(graphToJson(graph).tensors[1]).toEqual({
      name: 'weights',
      shape: [3, 3],
      dtype: 'int4',
      quantization: weights.quantization,
      constant: true,
    });
  });

  it('has the identity of its packed bytes', () => {
    const bytes = Uint8Array.of(
      ...packedWeights,
      ...[0x90, 0xee, 0xfe, 0xff],
      7,
      ...Array(7).fill(0),
    );
    expect(weightsSha256(graph)).toBe(createHash('sha256').update(bytes).digest('hex'));
    const changed = Int8Array.from(weights.data ?? []).fill(-6, 8);
    expect(weightsSha256(graphOf({ ...weights, data: changed }))).not.toBe(weightsSha256(graph));
  });

  describe('in files', () => {
    let path: string;
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'wick-int4-'));
      path = join(directory, 'net.wick.json');
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));

    it('comes back exactly, and with the same identity', async () => {
      await saveGraph(graph, path);
      const read = await loadGraph(path);
      expect(read).toStrictEqual(graph);
      expect(weightsSha256(read)).toBe(weightsSha256(graph));
      const file = join(directory, 'net.safetensors');
      const { tensors } = readSafetensors(await readFile(file), file);
      expect(tensors.get('weights')?.data.byteLength).toBe(5);
    });

    it('comes back exactly, whatever its values and shape', () => {
      const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });
      const tensors = shapes.chain((shape) => {
        const length = shape.reduce((a, b) => a * b, 1);
        return fc
          .array(fc.integer({ min: -8, max: 7 }), { minLength: length, maxLength: length })
          .map((list): Tensor => {
            return { name: 'weights', shape, dtype: 'int4', data: Int8Array.from(list) };
          });
      });
      fc.assert(
        fc.property(tensors, (tensor) => {
          const original = graphOf(tensor);
          const json: unknown = JSON.parse(JSON.stringify(graphToJson(original)));
          expect(graphFromJson(json, constantsOf(original), 'file')).toStrictEqual(original);
        }),
      );
    });
  });

  it('is refused where the stored bytes are too few, unpacked, or have a last nibble of their own', () => {
    const read = (shape: readonly number[], data: readonly number[]) => () =>
      graphFromJson(
        graphToJson(graph),
        constantsOf(graph).set('weights', { dtype: 'int8', shape, data: Int8Array.from(data) }),
        'a.wick.json',
      );
    const message = 'a.wick.json: the weights do not fit constant weights: expected ';
    expect(read([5], packedWeights)).not.toThrow();
    expect(read([4], packedWeights.slice(1))).toThrow(
      `${message}int8 5, which hold the 3x3 int4 values, received int8 4`,
    );
    expect(read([3, 3], [...(weights.data as Int8Array)])).toThrow(
      `${message}int8 5, which hold the 3x3 int4 values, received int8 3x3`,
    );
    expect(read([5], [...packedWeights.slice(0, 4), 0xf6])).toThrow(
      `${message}a last high nibble of 0, which hold the 3x3 int4 values, received -1`,
    );
  });

  it.each<[string, Graph, string]>([
    [
      'a value of 8',
      graphOf({ ...weights, data: Int8Array.from(weights.data ?? []).fill(8, 4, 5) }),
      'the data does not fit tensor weights (3x3): expected values from -8 to 7, received 8 at index 4',
    ],
    [
      'a value of -9',
      graphOf({ ...weights, data: new Int8Array(9).fill(-9) }),
      'expected values from -8 to 7, received -9 at index 0',
    ],
    [
      'packed data',
      graphOf({ ...weights, data: packInt4(weights.data as Int8Array) }),
      'expected 9 int4 values, received 5 values in a Int8Array',
    ],
    [
      'data of another type',
      graphOf({ ...weights, data: new Int32Array(9) }),
      'expected 9 int4 values, received 9 values in a Int32Array',
    ],
    [
      'a zero point of 8',
      graphOf({ ...weights, quantization: { scale: [1], zeroPoint: [8] } }),
      'expected zero points from -8 to 7, received 8',
    ],
    [
      'an activation of int4',
      graphOf(weights, { dtype: 'int4' }),
      'tensor x is int4 but no constant: expected int8, as only weights are int4',
    ],
  ])('is refused: %s', (_, unsound, message) => {
    expect(() => checkGraph(unsound, 'small')).toThrow(WickError);
    expect(() => checkGraph(unsound, 'small')).toThrow(message);
    expect(() => graphToJson(unsound)).toThrow(message);
  });
});
