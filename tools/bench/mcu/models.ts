import { join } from 'node:path';
import type { PortDescription } from '../../../src/compile/description.ts';
import { loadDataset } from '../../../src/data/load.ts';
import { type InputSeries, inputsOfFile, inputsOfSamples } from '../../../src/device/samples.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { modelName, openGraph } from '../../../src/import/open-graph.ts';
import { resolveProject } from '../../../src/project.ts';
import { quantize } from '../../../src/quantize/quantize.ts';
import { buildGraph } from '../../../src/train/layers.ts';
import { train } from '../../../src/train/train.ts';
import { readBytes } from '../../../src/write-files.ts';
import { readGolden } from '../../../test/support/golden.ts';

/** A model to measure. */
export interface McuModel {
  readonly name: string;
  /** Its int8 graph, by whose name the peer's figures go, and inputs for it. Throws a WickError where its files are missing or malformed. */
  load(): Promise<{
    readonly graph: Graph;
    readonly seriesFor: (ports: readonly PortDescription[]) => InputSeries;
  }>;
}

/** The models of MLPerf Tiny, by their folders in the reference folder. */
const tinyModelNames = ['ic_resnet8', 'kws_dscnn', 'vww_mobilenet', 'ad_toycar'] as const;

/** Models with recorded inputs: those of {@link tinyModelNames} in a folder that holds one for each. */
export function goldenModels(folder: string): readonly McuModel[] {
  return tinyModelNames.map((name) => ({
    name,
    async load() {
      const { graph, inputs } = readGolden(join(folder, name));
      const inputsOf = (index: number) => inputs[index] ?? [];
      return { graph, seriesFor: () => ({ count: inputs.length, inputsOf }) };
    },
  }));
}

/**
 * A preset on MNIST, of which it takes what it is measured with: the test images. One epoch of training takes some seconds;
 * its figures are those of more, to a part in a thousand, because only softmax and the like depend on values.
 */
export function presetModel(name: string): McuModel {
  return {
    name,
    async load() {
      const { inputShape, layers, training, seed, data } = resolveProject({ preset: name }, name);
      const dataset = await loadDataset(data);
      const initial = buildGraph({ name, inputShape, layers, labels: dataset.labels, seed });
      const { graph } = await train({ graph: initial, dataset, ...training, epochs: 1, seed });
      return {
        graph: await quantize(graph, { calibration: dataset.train, seed }),
        seriesFor: (ports) => inputsOfSamples(dataset.test, ports, name),
      };
    },
  };
}

/** The model of a file, int8, with the inputs of another, see `inputsOfFile`. */
export function fileModel(file: string, inputs: string): McuModel {
  return {
    name: modelName(file),
    async load() {
      const [graph, bytes] = [await openGraph(file), await readBytes(inputs)];
      return { graph, seriesFor: (ports) => inputsOfFile(bytes, ports, inputs) };
    },
  };
}
