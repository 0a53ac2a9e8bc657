import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportTflite } from '../../../src/export/tflite/export.ts';
import { setIoTypes } from '../../../src/graph/passes/set-io-types.ts';
import type { ActivationData, Graph, Tensor } from '../../../src/graph/types.ts';
import { createRandom } from '../../../src/random.ts';
import { createFloatReference } from '../../../src/runtime/float.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { exportCases } from '../../support/export-cases.ts';
import { goldenFolders, readGolden } from '../../support/golden.ts';
import { randomInputs, smallClassifier, unevenlyPadded } from '../../support/networks.ts';
import { referenceFolder } from '../../support/reference.ts';
import {
  type EngineAnswer,
  enginesInstall,
  findEngines,
  runEngines,
  type TfliteEngine,
  tfliteEngines,
} from '../../support/tflite-engines.ts';
import { titleWithTool } from '../../support/tools.ts';

const python = findEngines();
const titled = (title: string) => titleWithTool(title, python !== undefined, enginesInstall);

const bytesOf = ({ buffer, byteOffset, byteLength }: ActivationData) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A graph with inputs for one inference after another, and what its reference gives. */
function modelOf(graph: Graph, steps: readonly (readonly ActivationData[])[]) {
  const reference = createReference(graph);
  const expected = steps.map((inputs) => {
    const values = reference(inputs);
    return graph.outputs.map((name) => bytesOf(values.get(name) as ActivationData));
  });
  return {
    graph,
    expected: expected.map((outputs) => Buffer.concat(outputs)),
    file: exportTflite(graph),
    inputs: graph.inputs.length,
    outputs: graph.outputs.length,
    steps: steps.map((inputs) => inputs.map(bytesOf)),
  };
}

const signed = (byte: number) => (byte << 24) >> 24;

/** How many inferences gave equal bytes, how many bytes differ, and by how much at most. */
function compare({ bytes, error }: EngineAnswer, expected: readonly Uint8Array[]) {
  if (bytes === undefined) return { error };
  const length = expected[0]?.length ?? 0;
  let [equal, different, most] = [0, 0, 0];
  expected.forEach((wanted, step) => {
    const before = different;
    wanted.forEach((byte, i) => {
      const distance = Math.abs(signed(bytes[step * length + i] ?? 0) - signed(byte));
      if (distance > 0) different++;
      most = Math.max(most, distance);
    });
    if (different === before) equal++;
  });
  expect(bytes.length).toBe(length * expected.length);
  return { equal, different, most };
}

const inference = (count: number, graph: Graph) => {
  const random = createRandom(5);
  return Array.from({ length: count }, () => randomInputs(graph, random));
};

const steps = 8;
const perfect = { equal: steps, different: 0, most: 0 };

/** Each node of a graph as a graph of its own, but for those that are not of this op. */
function layersOf(graph: Graph, op: string): readonly Graph[] {
  return graph.nodes
    .filter((node) => node.op === op)
    .map((node) => {
      const names = [...node.inputs, ...node.outputs];
      const tensors = names.map((name) => graph.tensors.get(name) as Tensor);
      return {
        name: node.name,
        tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
        nodes: [node],
        inputs: tensors
          .filter(({ data }, i) => data === undefined && i < node.inputs.length)
          .map(({ name }) => name),
        outputs: node.outputs,
      };
    });
}

describe.skipIf(python === undefined)(titled('LiteRT and TFLite Micro'), () => {
  const models = exportCases.map(({ graph }) => modelOf(graph, inference(steps, graph)));
  const answers = python === undefined ? [] : runEngines(python, models);

  it.each(
    exportCases.flatMap(({ title, ...limits }, i) =>
      tfliteEngines.map((engine) => ({ title, engine, limit: limits[engine], i })),
    ),
  )('$engine gives the bytes of $title', ({ engine, limit, i }) => {
    const found = compare(answers[i]?.[engine] ?? {}, models[i]?.expected ?? []);
    if (limit === undefined) return expect(found).toEqual(perfect);
    if (limit.kind === 'refuses') return expect(found).toEqual({ error: expect.any(String) });
    if (limit.kind === 'mayDiffer') return expect(found.most).toBeLessThanOrEqual(1);
    // Were it equal, the limit would be one no more.
    expect(found).toMatchObject({ most: 1 });
  });

  it('give the bytes of an int8 graph with float inputs and outputs', () => {
    const graph = setIoTypes(smallClassifier(1), { inputType: 'float32', outputType: 'float32' });
    const random = createRandom(2);
    const [input] = graph.inputs.map((name) => graph.tensors.get(name) as Tensor);
    const count = (input as Tensor).shape.reduce((a, b) => a * b, 1);
    const inputs = Array.from({ length: steps }, () => [
      Float32Array.from({ length: count }, () => 2 * random.uniform() - 1),
    ]);
    const model = modelOf(graph, inputs);
    const [answer] = runEngines(python as string, [model]);
    for (const engine of tfliteEngines) {
      expect(compare(answer?.[engine] ?? {}, model.expected), engine).toEqual(perfect);
    }
  });

  it('give the values of a float graph, whose sums are exact because all its numbers are whole', () => {
    const graph = withWholeNumbers(unevenlyPadded());
    const run = createFloatReference(graph);
    const inputs = Array.from({ length: steps }, (_, step) =>
      Float32Array.from({ length: 128 }, (__, i) => ((7 * i + 5 * step) % 19) - 9),
    );
    const expected = inputs.map((input) => bytesOf(run([input]).get('y') as Float32Array));
    const file = exportTflite(graph);
    const [answer] = runEngines(python as string, [
      { file, inputs: 1, outputs: 1, steps: inputs.map((input) => [bytesOf(input)]) },
    ]);
    for (const engine of tfliteEngines) {
      expect(compare(answer?.[engine] ?? {}, expected), engine).toEqual(perfect);
    }
  });
});

/** The graph with its constants rounded, from about -4 to 4. */
function withWholeNumbers(graph: Graph): Graph {
  const tensors = [...graph.tensors].map(([name, tensor]) => {
    const data = (tensor.data as Float32Array | undefined)?.map((value) => Math.round(4 * value));
    return [name, data === undefined ? tensor : { ...tensor, data }] as const;
  });
  return { ...graph, tensors: new Map(tensors) };
}

const golden = referenceFolder === undefined ? [] : goldenFolders(`${referenceFolder}/golden`);

describe.skipIf(python === undefined || golden.length === 0)(
  titled('the models of MLPerf Tiny, imported and exported'),
  () => {
    const sound = golden.map((folder) => {
      const { graph, inputs } = readGolden(folder);
      return { name: basename(folder), ...modelOf(graph, inputs) };
    });
    const dense = sound.flatMap(({ graph, name }) =>
      layersOf(graph, 'dense').map((layer) => ({
        name,
        ...modelOf(layer, inference(steps, layer)),
      })),
    );
    const all = [...sound, ...dense];
    const answers = python === undefined ? [] : runEngines(python, all);
    const found = (engine: TfliteEngine) =>
      all.map((model, i) => ({
        name: model.name,
        isLayer: i >= sound.length,
        count: model.expected.length,
        bytes: model.expected.reduce((sum, { length }) => sum + length, 0),
        ...compare(answers[i]?.[engine] ?? {}, model.expected),
      }));

    it('give the same bytes in TFLM, in LiteRT too but for dense layers, which are one step apart at most', () => {
      const [litert, tflm] = [found('litert'), found('tflm')];
      for (const { name } of sound) {
        const of = (list: typeof litert) => list.filter((entry) => entry.name === name);
        const [inLitert] = of(litert);
        const [inTflm] = of(tflm);
        const layers = of(litert).filter(({ isLayer }) => isLayer);
        const sum = (key: 'different' | 'bytes') =>
          layers.reduce((total, entry) => total + (entry[key] ?? 0), 0);
        process.stdout.write(
          `${name}: ${inTflm?.count} inputs, equal in TFLM ${inTflm?.equal}, in LiteRT ${inLitert?.equal}; dense layers alone in LiteRT: ${sum('different')} of ${sum('bytes')} values differ\n`,
        );
      }
      for (const { name, count, equal, most } of tflm) {
        expect({ name, equal, most }).toEqual({ name, equal: count, most: 0 });
      }
      for (const { isLayer, most } of litert) if (isLayer) expect(most).toBeLessThanOrEqual(1);
      const layers = litert.filter(({ isLayer }) => isLayer);
      expect(layers.length).toBeGreaterThan(10);
      for (const { most } of layers) expect(most).toBeLessThanOrEqual(1);
      const convolutional = litert.filter(
        ({ name, isLayer }) => !isLayer && /^(ic|kws|vww)_/.test(name),
      );
      for (const { name, count, equal } of convolutional) {
        expect({ name, equal }).toEqual({ name, equal: count });
      }
    });
  },
);
