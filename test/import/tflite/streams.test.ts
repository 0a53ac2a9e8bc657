import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import { exportTflite } from '../../../src/export/tflite/export.ts';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { loadModel } from '../../../src/runtime/model.ts';
import { createOpNetwork } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';
import { int8, type ModelFixture, numbers, tfliteFile } from '../../support/tflite.ts';
import { streamModel } from '../../support/tflite-models.ts';
import { thrownMessage } from '../../support/thrown.ts';

const importFixture = (fixture: ModelFixture) =>
  importTflite(tfliteFile(fixture), 'fixture', 'fixture.tflite').graph;

/** The model with some of its tensors or one operator changed. */
const changed = (
  tensors: ModelFixture['tensors'],
  operator?: { readonly at: number } & Partial<ModelFixture['operators'][number]>,
): ModelFixture => ({
  ...streamModel,
  tensors: { ...streamModel.tensors, ...tensors },
  operators: streamModel.operators.map((each, i) =>
    i === operator?.at ? { ...each, ...operator } : each,
  ),
});

describe('a variable that a streaming model shifts', () => {
  it('is a sliding window', () => {
    const graph = importFixture(streamModel);
    expect(graph.nodes.map(({ op, inputs, outputs }) => ({ op, inputs, outputs }))).toEqual([
      { op: 'sliding_window', inputs: ['x'], outputs: ['window'] },
      { op: 'reshape', inputs: ['window'], outputs: ['flat'] },
      { op: 'dense', inputs: ['flat', 'w'], outputs: ['y'] },
    ]);
    expect(graph.nodes[0]?.attributes).toEqual({ axis: 1, length: 3 });
  });

  it('holds what the inferences before brought, and zeros before the first', async () => {
    const { wasm, simdWasm } = compile(importFixture(streamModel));
    for (const bytes of [wasm, simdWasm]) {
      const model = await loadModel(bytes);
      const run = () =>
        [
          [10, -20],
          [30, 40],
          [-50, 60],
          [70, -80],
          [90, 100],
        ].map((input) => [...(model.infer([Int8Array.from(input)])[0] ?? [])]);
      // What TFLM's interpreter gives.
      const expected = [
        [3, -30],
        [-13, 84],
        [-24, 80],
        [-63, 9],
        [-128, 127],
      ];
      expect(run()).toEqual(expected);
      model.reset();
      expect(run()).toEqual(expected);
    }
  });

  it('may be sliced by SLICE, or from the end', () => {
    const slice = { at: 4, op: 'SLICE', inputs: ['window', 'begin', 'size'], options: {} };
    for (const fixture of [
      changed({ size: numbers(1, 3, 2) }, slice),
      changed({ begin: numbers(0, -3, 0) }),
    ]) {
      expect(importFixture(fixture).nodes[0]?.op).toBe('sliding_window');
    }
  });

  it('keeps a slice that something else reads too', () => {
    const fixture = { ...streamModel, outputs: ['y', 'sum'] };
    const graph = importFixture({
      ...fixture,
      tensors: { ...fixture.tensors, sum: int8([1, 3, 2]) },
      operators: [...fixture.operators, { op: 'RELU', inputs: ['after'], outputs: ['sum'] }],
    });
    expect(graph.nodes.map(({ op }) => op)).toContain('strided_slice');
  });

  it('keeps a slice that is an output of the graph', () => {
    const graph = importFixture({ ...streamModel, outputs: ['y', 'after'] });
    expect(graph.outputs).toEqual(['y', 'after']);
    expect(graph.nodes.map(({ op }) => op)).toContain('strided_slice');
  });

  it('is one, whichever handle of it an operator has', () => {
    const { tensors, operators } = streamModel;
    const other = { ...operators[0], op: 'VAR_HANDLE', inputs: [], outputs: ['again'] };
    const fixture = changed(
      { again: tensors.handle as (typeof tensors)[string] },
      { at: 5, inputs: ['again', 'after'] },
    );
    const graph = importFixture({ ...fixture, operators: [other, ...fixture.operators] });
    expect(summary(graph)).toEqual(summary(importFixture(streamModel)));
  });

  it('may be of floats', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.add('sliding_window', 'y', [net.input('x', [1, 2, 3])], { axis: 1, length: 4 });
    const graph = net.graph(['y']);
    const imported = importTflite(exportTflite(graph), graph.name, 'fixture.tflite').graph;
    expect(summary(imported)).toEqual(summary(graph));
    expect(imported.nodes[0]?.attributes).toEqual({ axis: 1, length: 4 });
  });

  it.each([
    [
      'the beginning stays, not the end',
      changed({ begin: numbers(0, 0, 0), end: numbers(1, 3, 2) }),
    ],
    ['every other place stays', changed({ steps: numbers(1, 2, 1) })],
    ['it is joined in front', changed({}, { at: 3, inputs: ['x', 'before'] })],
    ['what is read is an output of the graph', { ...streamModel, outputs: ['y', 'before'] }],
    ['it is joined by another operator', changed({}, { at: 3, op: 'ADD', options: {} })],
    [
      'it is read and not assigned',
      changed({}, { at: 5, op: 'RELU', inputs: ['x'], outputs: ['after'] }),
    ],
  ])('is refused where %s', (_, fixture) => {
    expect(thrownMessage(() => importFixture(fixture))).toContain(
      "fixture.tflite, operator 0 (VAR_HANDLE): variable 'state' is used in a way that is not supported: expected READ_VARIABLE, CONCATENATION of it",
    );
  });

  it('is refused where two windows share its name', () => {
    const { tensors, operators } = streamModel;
    const twice = (names: readonly string[]) =>
      names.map((name) => (name === 'x' || tensors[name]?.data ? name : `${name}2`));
    const fixture = {
      ...streamModel,
      tensors: {
        ...tensors,
        ...Object.fromEntries(
          ['handle', 'before', 'window', 'after'].map((name) => [`${name}2`, tensors[name]]),
        ),
      } as ModelFixture['tensors'],
      operators: [
        ...operators,
        ...operators
          .filter((_, i) => i !== 1 && i < 6)
          .map((each) => ({ ...each, inputs: twice(each.inputs), outputs: twice(each.outputs) })),
      ],
    };
    expect(thrownMessage(() => importFixture(fixture))).toContain(
      "fixture.tflite, operator 0 (VAR_HANDLE): variable 'state' is used in a way that is not supported: expected READ_VARIABLE, CONCATENATION of it with one tensor, STRIDED_SLICE or SLICE of the end, ASSIGN_VARIABLE, over one variable, received READ_VARIABLE, ASSIGN_VARIABLE, READ_VARIABLE, ASSIGN_VARIABLE",
    );
    // In another container a variable of the same name is another one.
    const apart = fixture.operators.map((each, i) =>
      i === 8 ? { ...each, options: { container: 'other', sharedName: 'state' } } : each,
    );
    const { nodes } = importFixture({ ...fixture, operators: apart });
    expect(nodes.filter(({ op }) => op === 'sliding_window')).toHaveLength(2);
  });

  it('is refused where it starts from anything but zeros', () => {
    const [init] = streamModel.others as [ModelFixture];
    const zeros = int8([1, 3, 2], 0.5, 3, [3, 3, 3, 4, 3, 3]);
    const others = [{ ...init, tensors: { ...init.tensors, zeros } }];
    expect(thrownMessage(() => importFixture({ ...streamModel, others }))).toBe(
      "fixture.tflite, operator 1 (CALL_ONCE): variables start from something that is not supported: expected a graph that does nothing but assign zeros to them, received values in 'zeros'",
    );
  });
});
