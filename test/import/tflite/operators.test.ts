import { describe, expect, it } from 'vitest';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { operators } from '../../../src/import/tflite/operators.ts';
import {
  int8,
  type ModelFixture,
  numbers,
  oneOperator,
  type TensorFixture,
  tfliteFile,
} from '../../support/tflite.ts';
import type { Becomes } from '../../support/tflite-cases/case.ts';
import {
  borderCases,
  elementwiseCases,
  quantizationCases,
} from '../../support/tflite-cases/elementwise.ts';
import { sequenceCases } from '../../support/tflite-cases/sequences.ts';
import { pieceCases, shapeCases } from '../../support/tflite-cases/shapes.ts';
import { convolutionCases, imageCases, productCases } from '../../support/tflite-cases/weighted.ts';

const importFixture = (fixture: ModelFixture) =>
  importTflite(tfliteFile(fixture), 'fixture', 'fixture.tflite').graph;

const seen = new Set<string>();

const becomes: Becomes = (title, operator, tensors, ...nodes) => {
  seen.add(operator.op);
  it(`${operator.op} ${title}`, () => {
    const found = importFixture(oneOperator(operator, tensors)).nodes;
    expect(found.map(({ op, attributes }) => ({ op, attributes }))).toEqual(
      nodes.map(({ op, attributes }) => ({ op, attributes })),
    );
    nodes.forEach(({ inputs, outputs }, i) => {
      if (inputs !== undefined) expect(found[i]?.inputs).toEqual(inputs);
      if (outputs !== undefined) expect(found[i]?.outputs).toEqual(outputs);
    });
  });
};

describe.each([
  ['convolutions', convolutionCases],
  ['products', productCases],
  ['pools, means and sizes', imageCases],
  ['elementwise operators', elementwiseCases],
  ['quantization', quantizationCases],
  ['borders', borderCases],
  ['shapes', shapeCases],
  ['pieces', pieceCases],
  ['sequences', sequenceCases],
])('%s', (_, cases) => {
  cases(becomes);
});

describe('constants', () => {
  it.each([
    [
      'float16',
      { shape: [4], type: 'FLOAT16', data: [0x3c00, 0xc100, 0x0001, 0x7c00] },
      [1, -2.5, 2 ** -24, Infinity],
    ],
    ['int8', int8([4], 0.5, 1, [1, 2, -1, 127]), [0, 0.5, -1, 63]],
    [
      'int8 with a scale a channel',
      { shape: [2, 2], scale: [1, 0.5], axis: 1, data: [1, 2, 3, 4] },
      [1, 1, 3, 2],
    ],
  ] as const)('makes weights of %s ones of float32', (_, constant, expected) => {
    const graph = importFixture({
      tensors: {
        x: { shape: [...constant.shape] },
        c: constant as TensorFixture,
        w: { shape: constant.shape },
        y: { shape: constant.shape },
      },
      operators: [
        { op: 'DEQUANTIZE', inputs: ['c'], outputs: ['w'] },
        { op: 'ADD', inputs: ['x', 'w'], outputs: ['y'] },
      ],
      inputs: ['x'],
      outputs: ['y'],
    });
    expect(graph.nodes.map(({ op, inputs }) => [op, inputs])).toEqual([['add', ['x', 'w']]]);
    expect(graph.tensors.get('w')).toMatchObject({
      dtype: 'float32',
      data: Float32Array.from(expected),
    });
  });
  seen.add('SHAPE');
  it('SHAPE and what is made of it is known beforehand: a flatten for any batch', () => {
    const graph = importFixture({
      tensors: {
        x: { ...int8([1, 2, 3]), shapeSignature: [-1, 2, 3] },
        shape: { shape: [3], type: 'INT32' },
        zero: numbers(0),
        one: numbers(1),
        batch: { shape: [], type: 'INT32' },
        six: { shape: [], type: 'INT32', data: [6] },
        wanted: { shape: [2], type: 'INT32' },
        y: int8([1, 6]),
      },
      operators: [
        { op: 'SHAPE', inputs: ['x'], outputs: ['shape'] },
        {
          op: 'STRIDED_SLICE',
          inputs: ['shape', 'zero', 'one', 'one'],
          outputs: ['batch'],
          options: { shrinkAxisMask: 1 },
        },
        { op: 'PACK', inputs: ['batch', 'six'], outputs: ['wanted'], options: { valuesCount: 2 } },
        { op: 'RESHAPE', inputs: ['x', 'wanted'], outputs: ['y'] },
      ],
      inputs: ['x'],
      outputs: ['y'],
    });
    expect(graph.nodes).toEqual([
      {
        name: 'reshape_3',
        op: 'reshape',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { shape: [1, 6] },
      },
    ]);
  });
});

it('holds for every operator of the table', () => {
  expect([...seen].sort()).toEqual(Object.keys(operators).sort());
});
