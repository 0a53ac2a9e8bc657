// The steps of the pipeline over a build folder: each reads what the one before it wrote and writes its own artifacts.
// Once these are written, what later steps had made of the old ones is removed: a folder never mixes two models.
// The CLI's verbs and `demo` are made of these.
import { resolve } from 'node:path';
import {
  artifact,
  prepareFolder,
  removeOutdated,
  writeCompiled,
  writeHistory,
  writeTflite,
} from './build-folder.ts';
import { type CompiledModel, type CompileOptions, compile } from './compile/compile.ts';
import type { Dataset } from './data/dataset.ts';
import { WickError } from './errors.ts';
import { exportTflite } from './export/tflite/export.ts';
import { saveGraph } from './graph/files.ts';
import { formatShape, type Graph } from './graph/types.ts';
import type { Project } from './project.ts';
import { type QuantizeOptions, quantize } from './quantize/quantize.ts';
import type { TrainHistory } from './train/history.ts';
import { buildGraph } from './train/layers.ts';
import { type TrainProgress, train } from './train/train.ts';

/**
 * Trains a project's network; writes `model.wick.json`, its weights and `training.json`. Throws a WickError where a
 * layer does not fit its input, the samples do not fit the network, or the folder cannot be written to.
 */
export async function trainStep(
  project: Project,
  dataset: Dataset,
  directory: string,
  onProgress?: (progress: TrainProgress) => void,
): Promise<{ readonly graph: Graph; readonly history: TrainHistory }> {
  const { name, inputShape, layers, seed } = project;
  const graph = buildGraph({ name, inputShape, layers, labels: dataset.labels, seed });
  checkFits(dataset, inputShape);
  await prepareFolder(directory);
  const result = await train({
    graph,
    dataset,
    ...project.training,
    seed,
    ...(onProgress && { onProgress }),
  });
  await saveGraph(result.graph, artifact(directory, 'floatGraph'));
  await writeHistory(directory, result.history);
  await removeOutdated(directory, 'train');
  return result;
}

function checkFits({ name, train }: Dataset, inputShape: Project['inputShape']): void {
  if (formatShape(train.shape) === formatShape(inputShape)) return;
  throw new WickError({
    what: 'samples do not fit the network',
    where: `data set '${name}'`,
    expected: formatShape(inputShape),
    received: formatShape(train.shape),
    hint: "make inputShape the samples' height, width and channels",
  });
}

/** What quantizing made. */
export interface Quantized {
  readonly graph: Graph;
  /** Why there is no .tflite file of it, where TFLite cannot say the graph. */
  readonly refusal?: string;
}

/**
 * Quantizes a float graph with training samples; writes `model.int8.wick.json`, its weights, and the same graph as
 * `model.int8.tflite`, where TFLite can say it.
 */
export async function quantizeStep(
  graph: Graph,
  { train }: Pick<Dataset, 'train'>,
  directory: string,
  options: Omit<QuantizeOptions, 'calibration'>,
): Promise<Quantized> {
  const quantized = await quantize(graph, { calibration: train, ...options });
  const exported = tryExport(quantized);
  await saveGraph(quantized, artifact(directory, 'int8Graph'));
  await writeTflite(directory, exported.bytes);
  await removeOutdated(directory, 'quantize');
  const { refusal } = exported;
  return { graph: quantized, ...(refusal === undefined ? {} : { refusal }) };
}

/** The .tflite file of a graph, or why there is none. */
function tryExport(graph: Graph): { readonly bytes?: Uint8Array; readonly refusal?: string } {
  try {
    return { bytes: exportTflite(graph) };
  } catch (error) {
    if (!(error instanceof WickError)) throw error;
    return { refusal: error.message };
  }
}

/**
 * Compiles an int8 graph; writes both modules, `weights.bin`, `model.h` and `model.json`. A graph of another file than the
 * folder's own (`source`) takes that one's place, so that the folder has the graph of its modules: what looks into them,
 * layer by layer, needs it.
 */
export async function compileStep(
  graph: Graph,
  directory: string,
  options: CompileOptions,
  source: string = artifact(directory, 'int8Graph'),
): Promise<CompiledModel> {
  const model = compile(graph, options);
  await writeCompiled(directory, model);
  const own = artifact(directory, 'int8Graph');
  if (resolve(source) !== resolve(own)) {
    await saveGraph(graph, own);
    await writeTflite(directory, undefined);
  }
  await removeOutdated(directory, 'compile');
  return model;
}
