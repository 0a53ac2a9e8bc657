import { existsSync } from 'node:fs';
import { artifact, buildFiles, readHistory, readModelDescription } from '../build-folder.ts';
import { canonicalWeightsBytes } from '../compile/weights.ts';
import type { Samples } from '../data/dataset.ts';
import { sampleAt } from '../data/load.ts';
import { WickError } from '../errors.ts';
import { evaluate, type ModelEvaluation } from '../evaluate/evaluate.ts';
import { disagreements } from '../evaluate/metrics.ts';
import { openModel } from '../evaluate/open.ts';
import { measureInference } from '../evaluate/timing.ts';
import { loadGraph } from '../graph/files.ts';
import { loadModel } from '../runtime/model.ts';
import { readBytes, writeFiles } from '../write-files.ts';
import { renderReport } from './report.ts';

/** How many of the samples that float and int8 answer differently a report shows. */
const shownDisagreements = 24;

/**
 * Writes `report.html` of a build folder: evaluates its float graph and its module on the samples (unless that was done
 * already), times the module, and draws what the folder holds. Returns the report's path. Throws a WickError where an
 * artifact is missing.
 */
export async function report(
  directory: string,
  samples: Samples,
  known: {
    readonly evaluation?: ModelEvaluation;
    readonly microsecondsPerInference?: number;
  } = {},
): Promise<string> {
  const description = await readModelDescription(directory);
  const evaluation = known.evaluation ?? evaluate(await openModel(directory), samples);
  const { float, int8 } = evaluation;
  if (float === undefined || int8 === undefined) {
    throw new WickError({
      what: `${float === undefined ? buildFiles.floatGraph : buildFiles.simdWasm} is missing`,
      where: directory,
      hint: "run 'wick train', 'wick quantize' and 'wick compile' into this folder first",
    });
  }
  const simd = artifact(directory, 'simdWasm');
  const microsecondsPerInference =
    known.microsecondsPerInference ??
    measureInference(await loadModel(await readBytes(simd), simd), samples);
  const html = await renderReport({
    description,
    ...(existsSync(artifact(directory, 'history')) && { history: await readHistory(directory) }),
    float,
    int8,
    floatWeightsBytes: canonicalWeightsBytes(await loadGraph(artifact(directory, 'floatGraph'))),
    microsecondsPerInference,
    disagreements: disagreements(float, int8, shownDisagreements).map((index) => ({
      index,
      label: samples.labels[index] as number,
      floatAnswer: float.predictions[index] as number,
      int8Answer: int8.predictions[index] as number,
      pixels: pixelsOf(sampleAt(samples, index)),
      shape: samples.shape,
    })),
  });
  await writeFiles(directory, new Map([[buildFiles.report, html]]));
  return artifact(directory, 'report');
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
