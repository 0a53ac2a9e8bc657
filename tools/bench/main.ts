// `npm run bench [-- --quick]`: one JSON object a line for each measurement: { benchmark, metric, value, unit }.
// Bytes are exact. Times are the median of several rounds on whatever machine this is: compare them within one run.
import { compile } from '../../src/compile/compile.ts';
import type { Dataset, Samples } from '../../src/data/dataset.ts';
import { measureInference } from '../../src/evaluate/timing.ts';
import { quantize } from '../../src/quantize/quantize.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { buildGraph } from '../../src/train/layers.ts';
import { presets } from '../../src/train/presets.ts';
import { train } from '../../src/train/train.ts';

const quick = process.argv.includes('--quick');

function print(benchmark: string, metric: string, value: number, unit: string): void {
  process.stdout.write(`${JSON.stringify({ benchmark, metric, value, unit })}\n`);
}

/** Noise as images: neither speed nor size depends on what is in them. */
function noise(count: number, shape: readonly number[], seed: number): Samples {
  const random = createRandom(seed);
  const length = shape.reduce((product, extent) => product * extent, 1);
  return {
    data: Uint8Array.from({ length: count * length }, () => random.integer(256)),
    labels: Uint8Array.from({ length: count }, () => random.integer(10)),
    shape,
    scale: Math.fround(1 / 255),
    zeroPoint: 0,
    count,
  };
}

for (const { name, inputShape, layers, training } of presets.values()) {
  const labels = Array.from({ length: 10 }, (_, digit) => String(digit));
  const dataset: Dataset = {
    name: 'noise',
    train: noise(quick ? 2_000 : 12_000, inputShape, 1),
    test: noise(100, inputShape, 2),
    labels,
  };
  const graph = buildGraph({ name, inputShape, layers, labels, seed: 1 });
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const { history } = await train({ graph, dataset, ...training, epochs: 1, seed: 1 });
    rates.push(history.imagesPerSecond);
  }
  rates.sort((a, b) => a - b);
  print(name, 'training', Math.round(rates[rates.length >> 1] ?? 0), 'images/s');

  const int8 = await quantize(graph, { calibration: dataset.train, samples: 64 });
  for (const optimize of ['size', 'speed'] as const) {
    const { wasm, simdWasm, description } = compile(int8, { optimize });
    const benchmark = `${name}, optimize ${optimize}`;
    const scalar = await loadModel(wasm);
    print(benchmark, 'model.wasm', measureInference(scalar, dataset.test), 'us/inference');
    print(benchmark, 'model.wasm without data', description.wasmBytes, 'bytes');
    print(benchmark, 'weights.bin', description.weightsBytes, 'bytes');
    print(benchmark, 'arena', description.arenaBytes, 'bytes');
    // The v128 module is the same whatever the device layout.
    if (optimize === 'speed') continue;
    const simd = await loadModel(simdWasm);
    print(name, 'model.simd.wasm', measureInference(simd, dataset.test), 'us/inference');
    print(name, 'model.simd.wasm without data', description.simdWasmBytes, 'bytes');
  }
}
