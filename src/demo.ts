import { artifact } from './build-folder.ts';
import { type DatasetSource, loadDataset } from './data/load.ts';
import { evaluate } from './evaluate/evaluate.ts';
import type { Evaluation } from './evaluate/metrics.ts';
import { openModel } from './evaluate/open.ts';
import { measureInference } from './evaluate/timing.ts';
import { verify } from './evaluate/verify.ts';
import { canonicalWeightsBytes } from './graph/weights.ts';
import type { Project } from './project.ts';
import { defaultCalibrationSamples } from './quantize/calibrate.ts';
import { report } from './report/build-report.ts';
import { loadModelFile } from './runtime/load-file.ts';
import { compileStep, quantizeStep, trainStep } from './steps.ts';
import type { TrainProgress } from './train/train.ts';

/** Who is told how far the demo is: each step that is done, in a line, and each training step. */
export interface DemoEvents {
  readonly onStep?: (step: string, text: string) => void;
  readonly onTrainProgress?: (progress: TrainProgress) => void;
}

/** What the demo found. Accuracies and agreement are 0 to 1. */
export interface DemoSummary {
  readonly name: string;
  readonly directory: string;
  readonly report: string;
  readonly floatAccuracy: number;
  readonly int8Accuracy: number;
  /** floatAccuracy - int8Accuracy. */
  readonly drop: number;
  readonly agreement: number;
  readonly parameters: number;
  readonly macs: number;
  readonly floatWeightsBytes: number;
  /** Bytes of weights.bin. */
  readonly weightsBytes: number;
  /** Bytes of model.wasm without its data segments. */
  readonly wasmBytes: number;
  readonly arenaBytes: number;
  readonly trainImagesPerSecond: number;
  /** Of model.simd.wasm, on this host. */
  readonly microsecondsPerInference: number;
  /** Of model.wasm, on this host. */
  readonly scalarMicrosecondsPerInference: number;
  /** Test images for which both modules, and for some of them the naive reference, gave the same bytes. */
  readonly verifiedImages: number;
  readonly referenceImages: number;
  readonly weightsSha256: string;
}

/**
 * The main job from end to end: loads the data, trains the project's network, quantizes and compiles it, proves that
 * both modules and the naive reference agree byte for byte, compares int8 with float, and writes every artifact and the
 * report to `directory`. Throws a WickError where the data, the project or the folder do not fit.
 */
export async function demo(
  project: Project,
  directory: string,
  source: DatasetSource = project.data,
  { onStep = () => {}, onTrainProgress }: DemoEvents = {},
): Promise<DemoSummary> {
  const { seed } = project;
  const dataset = await loadDataset(source);
  const { train, test } = dataset;
  onStep('data', `${dataset.name}: ${train.count} training and ${test.count} test images`);

  const { graph: floatGraph, history } = await trainStep(
    project,
    dataset,
    directory,
    onTrainProgress,
  );
  const last = history.epochs.at(-1);
  onStep(
    'train',
    `${history.epochs.length} ${history.epochs.length === 1 ? 'epoch' : 'epochs'}, loss ${last?.loss.toFixed(4)}, ${Math.round(history.imagesPerSecond)} images/s`,
  );

  const samples = project.calibrationSamples ?? defaultCalibrationSamples;
  const { graph: int8Graph } = await quantizeStep(floatGraph, dataset, directory, {
    samples,
    seed,
  });
  onStep('quantize', `int8, ranges from ${Math.min(samples, train.count)} training images`);

  const { optimize, inputType, outputType, weights, windowBytes, budgets } = project;
  const options = { optimize, inputType, outputType, weights, windowBytes, budgets };
  const { description } = await compileStep(int8Graph, directory, options);
  onStep('compile', `model.wasm and model.simd.wasm, arena ${description.arenaBytes} bytes`);

  const scalar = await loadModelFile(artifact(directory, 'wasm'));
  const simd = await loadModelFile(artifact(directory, 'simdWasm'));
  const verified = verify(int8Graph, scalar, simd, test, seed);
  onStep(
    'verify',
    `${verified.samples} images in both modules, ${verified.referenceSamples} in the reference: equal, byte for byte`,
  );

  const evaluation = evaluate(await openModel(directory), test);
  // A build folder that was just written has both.
  const float = evaluation.float as Evaluation;
  const int8 = evaluation.int8 as Evaluation;
  const microsecondsPerInference = measureInference(simd, test);
  const scalarMicrosecondsPerInference = measureInference(scalar, test);
  onStep('evaluate', `float and int8 on ${test.count} test images`);

  const reportPath = await report(directory, test, { evaluation, microsecondsPerInference });
  onStep('report', reportPath);

  return {
    name: project.name,
    directory,
    report: reportPath,
    floatAccuracy: float.accuracy,
    int8Accuracy: int8.accuracy,
    drop: float.accuracy - int8.accuracy,
    agreement: evaluation.agreement as number,
    parameters: description.parameters,
    macs: description.macs,
    floatWeightsBytes: canonicalWeightsBytes(floatGraph),
    weightsBytes: description.weightsBytes,
    wasmBytes: description.wasmBytes,
    arenaBytes: description.arenaBytes,
    trainImagesPerSecond: history.imagesPerSecond,
    microsecondsPerInference,
    scalarMicrosecondsPerInference,
    verifiedImages: verified.samples,
    referenceImages: verified.referenceSamples,
    weightsSha256: description.weightsSha256,
  };
}
