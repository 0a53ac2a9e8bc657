import { existsSync } from 'node:fs';
import {
  artifact,
  buildFiles,
  findArtifact,
  readHistory,
  readModelDescription,
} from '../build-folder.ts';
import type { Samples } from '../data/dataset.ts';
import { sampleAt } from '../data/select.ts';
import { WickError } from '../errors.ts';
import { findDebug } from '../evaluate/debug.ts';
import { evaluate, type ModelEvaluation } from '../evaluate/evaluate.ts';
import { disagreements, type Evaluation } from '../evaluate/metrics.ts';
import { openModel } from '../evaluate/open.ts';
import { profile } from '../evaluate/profile.ts';
import { measureInference } from '../evaluate/timing.ts';
import { loadGraph } from '../graph/files.ts';
import { canonicalWeightsBytes } from '../graph/weights.ts';
import { loadModelFile } from '../runtime/load-file.ts';
import { writeFiles } from '../write-files.ts';
import { type FloatModel, renderReport } from './report.ts';

/** How many of the samples that float and int8 answer differently a report shows. */
const shownDisagreements = 24;

/** What {@link report} need not find out itself, and where it writes. */
export interface ReportOptions {
  readonly evaluation?: ModelEvaluation;
  /** Of `model.simd.wasm`, on this host. */
  readonly microsecondsPerInference?: number;
  /** Where `report.html` is written, by default into the build folder. */
  readonly out?: string | undefined;
}

/**
 * Writes `report.html` of a build folder: evaluates its module and its float graph on the samples (unless that was done
 * already), times the module, and draws what the folder holds; the float graph and the record of the training may be
 * missing. Returns the report's path. Throws a WickError where the compiled model is missing.
 */
export async function report(
  directory: string,
  samples: Samples,
  options: ReportOptions = {},
): Promise<string> {
  const simd = await findArtifact(directory, 'simdWasm');
  await findArtifact(directory, 'description');
  const description = await readModelDescription(directory);
  const { float, int8 } = options.evaluation ?? evaluate(await openModel(directory), samples);
  if (int8 === undefined) {
    throw new WickError({
      what: 'evaluation lacks the int8 model',
      where: directory,
      hint: 'evaluate the build folder, or leave that to the report',
    });
  }
  const microsecondsPerInference =
    options.microsecondsPerInference ?? measureInference(await loadModelFile(simd), samples);
  const debug = await findDebug(directory);
  const html = await renderReport({
    description,
    ...(existsSync(artifact(directory, 'history')) && { history: await readHistory(directory) }),
    int8,
    ...(float && { float: await describeFloat(directory, float, int8, samples) }),
    microsecondsPerInference,
    ...(debug && { profile: profile(debug) }),
  });
  const out = options.out ?? directory;
  await writeFiles(out, new Map([[buildFiles.report, html]]));
  return artifact(out, 'report');
}

async function describeFloat(
  directory: string,
  float: Evaluation,
  int8: Evaluation,
  samples: Samples,
): Promise<FloatModel> {
  const graph = await loadGraph(artifact(directory, 'floatGraph'));
  return {
    evaluation: float,
    weightsBytes: canonicalWeightsBytes(graph),
    disagreements: disagreements(float, int8, shownDisagreements).map((index) => ({
      index,
      label: samples.labels[index] as number,
      floatAnswer: float.predictions[index] as number,
      int8Answer: int8.predictions[index] as number,
      pixels: pixelsOf(sampleAt(samples, index)),
      shape: samples.shape,
    })),
  };
}

/** Raw values as bytes to draw; what is no byte already is stretched from its least to its greatest value. */
function pixelsOf(values: Samples['data']): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const [min, max] = [...values].reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)] as const,
    [Infinity, -Infinity] as readonly [number, number],
  );
  return Uint8Array.from(values, (value) => (255 * (value - min)) / (max - min || 1));
}
