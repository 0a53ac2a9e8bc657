import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportTflite } from '../../../src/export/tflite/export.ts';
import { foldConstants } from '../../../src/graph/passes/fold-constants.ts';
import { orderOperands } from '../../../src/graph/passes/order-operands.ts';
import { setIoTypes } from '../../../src/graph/passes/set-io-types.ts';
import type { ActivationData, Graph, Tensor } from '../../../src/graph/types.ts';
import { weightsSha256 } from '../../../src/graph/weights.ts';
import { readFlatBuffer } from '../../../src/import/tflite/flatbuffer.ts';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { fileIdentifier, modelSchema } from '../../../src/import/tflite/schema.ts';
import { createRandom } from '../../../src/random.ts';
import { createFloatReference } from '../../../src/runtime/float.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { goldenFolders, readGolden } from '../../support/golden.ts';
import {
  randomFloatInputs,
  randomInputs,
  smallClassifier,
  unevenlyPadded,
} from '../../support/networks.ts';
import { createOpNetwork } from '../../support/op-network.ts';
import { propertyRuns } from '../../support/oracle.ts';
import { randomCopies } from '../../support/random-graphs.ts';
import { randomImages } from '../../support/random-images.ts';
import { referenceFolder } from '../../support/reference.ts';
import { thrownMessage } from '../../support/thrown.ts';

const again = (graph: Graph) => importTflite(exportTflite(graph), graph.name, 'file').graph;

const outputsOf = (graph: Graph, values: ReadonlyMap<string, ActivationData>) =>
  graph.outputs.map((name) => values.get(name));

/** Whether each convolution has the bias that exporting would put there. */
const hasBiases = ({ nodes }: Graph) =>
  nodes.every(({ op, inputs }) => !op.endsWith('conv2d') || inputs.length === 3);

function expectSame(graph: Graph, seed: number): void {
  const back = again(graph);
  const random = createRandom(seed);
  for (let run = 0; run < 2; run++) {
    const inputs = randomInputs(graph, random);
    expect(outputsOf(back, createReference(back)(inputs))).toEqual(
      outputsOf(graph, createReference(graph)(inputs)),
    );
  }
  if (hasBiases(graph)) expect(weightsSha256(back)).toBe(weightsSha256(graph));
}

/** Any order of operands, and nodes of nothing but constants, are for the passes. */
const sayable = randomImages('int8').map((graph) => foldConstants(orderOperands(graph)));

describe('a graph that is exported and imported', () => {
  it('gives the same bytes: pieces of matrices', () => {
    fc.assert(fc.property(randomCopies, fc.nat(), expectSame), { numRuns: propertyRuns });
  });

  it('gives the same bytes: layers over images, or is refused', () => {
    let refused = 0;
    fc.assert(
      fc.property(sayable, fc.nat(), (graph, seed) => {
        const title = thrownMessage(() => exportTflite(graph));
        if (title === undefined) return expectSame(graph, seed);
        refused++;
        expect(title).toMatch(/TFLite cannot say this '(mode|paddingMode)'/);
      }),
      { numRuns: propertyRuns },
    );
    expect(refused).toBeLessThan(propertyRuns / 2);
  });

  it('gives the same values where it is float', () => {
    const graph = unevenlyPadded();
    const back = again(graph);
    const inputs = randomFloatInputs(graph, createRandom(1));
    expect(outputsOf(back, createFloatReference(back)(inputs))).toEqual(
      outputsOf(graph, createFloatReference(graph)(inputs)),
    );
    expect(weightsSha256(back)).toBe(weightsSha256(graph));
  });

  it('keeps float borders, labels, names and the order of inputs and outputs', () => {
    const io = { inputType: 'float32', outputType: 'float32' } as const;
    const graph = setIoTypes(smallClassifier(1, ['a', 'b c', 'ü', 'd', 'e']), io);
    const { nodes, tensors, ...rest } = again(graph);
    const { nodes: oldNodes, tensors: oldTensors, ...expected } = graph;
    expect(rest).toEqual(expected);
    expect(nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual(
      oldNodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]),
    );
    expect([...tensors.keys()].sort()).toEqual([...oldTensors.keys()].sort());
    for (const [name, tensor] of oldTensors) expect(tensors.get(name)).toEqual(tensor);
  });
});

describe('an exported file', () => {
  const graph = smallClassifier(1, ['a', 'b', 'c', 'd', 'e']);

  it('is the same for the same graph', () => {
    expect(exportTflite(graph)).toEqual(exportTflite(smallClassifier(1, graph.labels)));
  });

  it('says who made it, what runs it and how things are called', () => {
    const file = exportTflite(graph);
    const model = readFlatBuffer(file, modelSchema, fileIdentifier, 'file');
    expect(model).toMatchObject({ version: 3, description: 'wick' });
    const [main] = model.subgraphs;
    const names = main?.tensors.map(({ name }) => name) ?? [];
    expect(main?.name).toBe('small');
    expect(new Set(names).size).toBe(names.length);
    // RESHAPE has a shape, which the graph has as an attribute.
    expect(names).toEqual(expect.arrayContaining([...graph.tensors.keys(), 'flat/shape']));
    const text = (entry: string) => {
      const found = model.metadata.find(({ name }) => name === entry);
      return new TextDecoder().decode(model.buffers[found?.buffer ?? 0]?.data);
    };
    // RELU is fused, so that the newest is CONV_2D, version 3.
    expect(text('min_runtime_version')).toBe('1.14.0'.padEnd(16, '\0'));
  });

  it('shares kinds of operators and writes each constant once', () => {
    const net = createOpNetwork(1);
    const [x, c] = [net.input('x', [1, 4]), net.constant('c', [4])];
    const first = net.add('add', 'first', [x, c]);
    const file = exportTflite(net.graph([net.add('add', 'y', [first, c])]));
    const model = readFlatBuffer(file, modelSchema, fileIdentifier, 'file');
    expect(model.operatorCodes).toHaveLength(1);
    // The empty one, c, and the version of the runtime.
    expect(model.buffers).toHaveLength(3);
  });

  it('gives what it needs itself names that nothing has', () => {
    const net = createOpNetwork(1);
    const shape = net.input('y/shape', [1, 4]);
    const graph = net.graph([net.add('reshape', 'y', [shape], { shape: [4] })]);
    const file = exportTflite(graph);
    const { subgraphs } = readFlatBuffer(file, modelSchema, fileIdentifier, 'file');
    expect(subgraphs[0]?.tensors.map(({ name }) => name)).toEqual(['y/shape', 'y/shape:2', 'y']);
    expect(again(graph).inputs).toEqual(['y/shape']);
  });
});

describe('what TFLite cannot say', () => {
  const refusal = (op: string, attributes: object, weights?: readonly number[]) => {
    const net = createOpNetwork(1);
    const x = net.input('x', [1, 5, 5, 2]);
    const y =
      weights === undefined
        ? net.add(op, 'y', [x], attributes)
        : net.weighted(op, 'y', x, weights, attributes);
    return thrownMessage(() => exportTflite(net.graph([y])));
  };
  const window = {
    stride: [1, 1],
    dilation: [1, 1],
    padding: [1, 1, 1, 1],
    groups: 1,
    activation: 'none',
  };

  it.each(['replicate', 'circular'])('is the padding mode %s', (paddingMode) => {
    expect(refusal('conv2d', { ...window, paddingMode }, [2, 3, 3, 2])).toBe(
      `node 'y' (conv2d): TFLite cannot say this 'paddingMode': expected zeros or reflect, received ${paddingMode}; train with another padding mode, or keep the graph as .wick.json`,
    );
  });

  it.each(['edge', 'wrap'])('is a pad of the mode %s', (mode) => {
    const padding = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ];
    expect(refusal('pad', { padding, mode })).toBe(
      `node 'y' (pad): TFLite cannot say this 'mode': expected constant, reflect or symmetric, received ${mode}; pad in another mode, or keep the graph as .wick.json`,
    );
  });

  it('is an average over another padding', () => {
    const attributes = {
      kernel: [2, 2],
      stride: [1, 1],
      padding: [1, 0, 0, 0],
      activation: 'none',
    };
    expect(refusal('average_pool2d', attributes)).toBe(
      "node 'y' (average_pool2d): TFLite cannot say this 'padding': expected that of SAME or VALID, received 1, 0, 0, 0; choose another padding, or put a pad before, whose values count then",
    );
  });

  it('is a label of two lines', () => {
    const graph = smallClassifier(1, ['a', 'b\nc', 'd', 'e', 'f']);
    expect(thrownMessage(() => exportTflite(graph))).toBe(
      'small: label has more than one line: expected labels of a line each: they become the lines of a file, received "b\\nc"',
    );
  });

  it('is labels of more than a MiB, which an import refuses; one of a MiB is taken', () => {
    const labelled = (bytes: number) =>
      smallClassifier(1, ['a'.repeat(bytes - 9), 'b', 'c', 'd', 'e']);
    expect(thrownMessage(() => exportTflite(labelled(2 ** 20 + 1)))).toBe(
      'small: labels are too long: expected at most 1048576 bytes in all, an end of line each, received 1048577; shorten them in the graph',
    );
    const most = labelled(2 ** 20);
    expect(again(most).labels).toEqual(most.labels);
  });

  it('is a graph that is not sound', () => {
    const graph = smallClassifier(1);
    const nodes = graph.nodes.slice(1);
    expect(thrownMessage(() => exportTflite({ ...graph, nodes }))).toContain('small: ');
  });
});

const golden = referenceFolder === undefined ? [] : goldenFolders(`${referenceFolder}/golden`);

describe.skipIf(golden.length === 0)('the models of MLPerf Tiny', () => {
  it.each(golden.map((folder) => ({ model: basename(folder), folder })))(
    '$model gives the recorded outputs after an export and an import',
    ({ folder }) => {
      const { graph, inputs, expected } = readGolden(folder);
      const back = again(graph);
      expect(weightsSha256(back)).toBe(weightsSha256(graph));
      const reference = createReference(back);
      // Every input runs through the exported file in the engines' test; here two, through the naive reference.
      inputs.slice(0, 2).forEach((values, i) => {
        const found = reference(values);
        for (const name of graph.outputs) expect(found.get(name)).toEqual(expected[i]?.get(name));
      });
      for (const { name } of graph.tensors.values()) {
        const { data: _, ...tensor } = back.tensors.get(name) as Tensor;
        expect(graph.tensors.get(name)).toMatchObject(tensor);
      }
    },
  );
});
