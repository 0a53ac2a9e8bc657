import type { ModelDescription } from '../../src/compile/description.ts';
import { disagreements, evaluatePredictions } from '../../src/evaluate/metrics.ts';
import { createRandom } from '../../src/random.ts';
import type { FloatModel, ReportInput } from '../../src/report/report.ts';
import type { TrainHistory } from '../../src/train/history.ts';
import { normal } from '../support/normal.ts';

/** A small CNN over digits, as the compiler would describe it. */
export const description: ModelDescription = {
  abiVersion: 1,
  rounding: 'double',
  name: 'digits',
  inputs: [
    { name: 'image', shape: [1, 28, 28, 1], dtype: 'int8', scale: 1 / 255, zeroPoint: -128 },
  ],
  outputs: [{ name: 'logits', shape: [1, 10], dtype: 'int8', scale: 0.17, zeroPoint: 12 }],
  labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  macs: 248_768,
  arenaBytes: 27_904,
  stateBytes: 0,
  weightsSha256: '9f2c8a51d07be3c64418f6a09d5be7723c1e88a4b0f6d92e57a31c0b64fd8e19',
  weights: 'embedded',
  optimize: 'speed',
  parameters: 54_410,
  weightsBytes: 110_528,
  canonicalWeightsBytes: 54_536,
  wasmBytes: 3_187,
  simdWasmBytes: 4_402,
  lowerBoundBytes: 27_904,
  peakLayer: 'pool',
  layers: [
    {
      name: 'conv',
      op: 'conv2d',
      kernel: 'conv2dPacked',
      outputShape: [1, 26, 26, 32],
      macs: 194_688,
      parameters: 320,
      weightsBytes: 1_408,
      scratchBytes: 864,
      stateBytes: 0,
      liveBytes: 22_416,
    },
    {
      name: 'pool',
      op: 'max_pool2d',
      kernel: 'maxPool2d',
      outputShape: [1, 13, 13, 32],
      macs: 0,
      parameters: 0,
      weightsBytes: 0,
      scratchBytes: 0,
      stateBytes: 0,
      liveBytes: 27_040,
    },
    {
      name: 'flatten',
      op: 'reshape',
      kernel: null,
      outputShape: [1, 5_408],
      macs: 0,
      parameters: 0,
      weightsBytes: 0,
      scratchBytes: 0,
      stateBytes: 0,
      liveBytes: 5_408,
    },
    {
      name: 'dense',
      op: 'dense',
      kernel: 'densePacked',
      outputShape: [1, 10],
      macs: 54_080,
      parameters: 54_090,
      weightsBytes: 109_120,
      scratchBytes: 0,
      stateBytes: 0,
      liveBytes: 5_424,
    },
  ],
  buffers: [
    { name: 'relu', kind: 'tensor', offset: 0, bytes: 21_632, firstLayer: 0, lastLayer: 1 },
    { name: 'image', kind: 'tensor', offset: 21_632, bytes: 784, firstLayer: 0, lastLayer: 0 },
    {
      name: 'conv scratch',
      kind: 'scratch',
      offset: 22_416,
      bytes: 864,
      firstLayer: 0,
      lastLayer: 0,
    },
    { name: 'pooled', kind: 'tensor', offset: 22_496, bytes: 5_408, firstLayer: 1, lastLayer: 3 },
    { name: 'logits', kind: 'tensor', offset: 0, bytes: 10, firstLayer: 3, lastLayer: 3 },
  ],
};

/** A run whose loss falls as one over the square root of the step, with noise. */
export function sampleHistory(steps: number, epochs: number): TrainHistory {
  const random = createRandom(5);
  return {
    stepLosses: Array.from(
      { length: steps },
      (_, step) => (2.3 / Math.sqrt(1 + step / 12)) * Math.exp(0.35 * normal(random)),
    ),
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      loss: 0.4321 / (i + 1),
      accuracy: 0.9876 - 0.09 / (i + 1) ** 2,
      testAccuracy: 0.9812 - 0.06 / (i + 1) ** 2,
    })),
    imagesPerSecond: 31_415,
  };
}

/** A report's input in which int8 answers a few images unlike float. */
export function sampleInput(count = 10_000): ReportInput & { readonly float: FloatModel } {
  const random = createRandom(11);
  const labels = Uint8Array.from({ length: count }, () => random.integer(10));
  const perturbed = (answers: Uint8Array, share: number) =>
    answers.map((answer) =>
      random.uniform() < share ? (answer * 3 + random.integer(4)) % 10 : answer,
    );
  const floatAnswers = perturbed(labels, 0.022);
  const float = evaluatePredictions(floatAnswers, labels, 10);
  const int8 = evaluatePredictions(perturbed(floatAnswers, 0.002), labels, 10);
  return {
    description,
    history: sampleHistory(4_690, 5),
    float: {
      evaluation: float,
      weightsBytes: 217_640,
      disagreements: disagreements(float, int8, 24).map((index) => ({
        index,
        label: labels[index] as number,
        floatAnswer: float.predictions[index] as number,
        int8Answer: int8.predictions[index] as number,
        pixels: drawRing(labels[index] as number),
        shape: [28, 28, 1],
      })),
    },
    int8,
    microsecondsPerInference: 38.21,
  };
}

/** A soft ring whose centre and radius depend on the class: something to look at, 28x28. */
function drawRing(label: number): Uint8Array {
  return Uint8Array.from({ length: 28 * 28 }, (_, i) => {
    const distance = Math.hypot((i % 28) - 14, Math.floor(i / 28) - 14 + (label - 5) / 2);
    return Math.max(0, 255 - 90 * Math.abs(distance - 4 - label / 2));
  });
}
