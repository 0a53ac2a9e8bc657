// `npm run -s bench [-- --json] [--quick]`: a table, or one JSON array of { benchmark, metric, value, unit }.
// Bytes are exact. Times are those of whatever machine this is: compare them within one run.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { compile } from '../../src/compile/compile.ts';
import type { Dataset, Samples } from '../../src/data/dataset.ts';
import { measureInference } from '../../src/evaluate/timing.ts';
import { elementCount } from '../../src/graph/types.ts';
import { readKernelFile } from '../../src/kernels.ts';
import { resolveProject } from '../../src/project.ts';
import { quantize } from '../../src/quantize/quantize.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { buildGraph } from '../../src/train/layers.ts';
import { presets } from '../../src/train/presets.ts';
import { train } from '../../src/train/train.ts';
import { enginesInstall, findEngines } from '../../test/support/tflite-engines.ts';
import { measureModel, tinyModels } from './models.ts';

const { quick = false, json = false } = new Command('bench')
  .description('measures whole models, training, and bytes')
  .option('--json', 'print one JSON array')
  .option('--quick', 'fewer rounds')
  .parse()
  .opts<{ readonly quick?: true; readonly json?: true }>();

interface Measurement {
  readonly benchmark: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

const measurements: Measurement[] = [];

function record(benchmark: string, metric: string, value: number, unit: string): void {
  measurements.push({ benchmark, metric, value, unit });
}

function recordTime(benchmark: string, metric: string, microseconds: number): void {
  record(benchmark, metric, Number(microseconds.toPrecision(4)), 'us/inference');
}

/** Noise as images: neither speed nor size depends on what is in them. */
function noise(count: number, shape: readonly number[], classes: number, seed: number): Samples {
  const random = createRandom(seed);
  return {
    data: Uint8Array.from({ length: count * elementCount(shape) }, () => random.integer(256)),
    labels: Uint8Array.from({ length: count }, () => random.integer(classes)),
    shape,
    scale: Math.fround(1 / 255),
    zeroPoint: 0,
    count,
  };
}

/** The images that a preset trains on in a second: the median of several epochs. */
async function measureTraining(name: string): Promise<void> {
  const { graph, dataset, training, seed } = setUp(name);
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const { history } = await train({ graph, dataset, ...training, epochs: 1, seed });
    rates.push(history.imagesPerSecond);
  }
  const median = rates.sort((a, b) => a - b)[rates.length >> 1] as number;
  record(name, 'training', Math.round(median), 'images/s');
}

/** What a preset takes when compiled: time and bytes. */
async function measureCompiled(name: string): Promise<void> {
  const { graph, dataset } = setUp(name);
  const int8 = await quantize(graph, { calibration: dataset.train, samples: 64 });
  for (const optimize of ['size', 'speed'] as const) {
    const { wasm, simdWasm, header, description } = compile(int8, { optimize });
    const benchmark = `${name}, optimize ${optimize}`;
    const scalar = await loadModel(wasm);
    recordTime(benchmark, 'model.wasm', measureInference(scalar, dataset.test));
    record(benchmark, 'model.wasm', wasm.length, 'bytes');
    record(benchmark, 'model.wasm without data', description.wasmBytes, 'bytes');
    record(benchmark, 'weights.bin', description.weightsBytes, 'bytes');
    record(benchmark, 'model.h', Buffer.byteLength(header), 'bytes');
    record(benchmark, 'arena', description.arenaBytes, 'bytes');
    // The v128 module is the same whatever the device layout.
    if (optimize === 'speed') continue;
    const simd = await loadModel(simdWasm);
    recordTime(name, 'model.simd.wasm', measureInference(simd, dataset.test));
    record(name, 'model.simd.wasm', simdWasm.length, 'bytes');
    record(name, 'model.simd.wasm without data', description.simdWasmBytes, 'bytes');
  }
}

function setUp(name: string) {
  const project = resolveProject({ preset: name }, 'benchmark');
  const { inputShape, layers, training, seed } = project;
  const labels = project.data.labels ?? [];
  const dataset: Dataset = {
    name: 'noise',
    train: noise(quick ? 2_000 : 12_000, inputShape, labels.length, 1),
    test: noise(100, inputShape, labels.length, 2),
    labels,
  };
  const graph = buildGraph({ name, inputShape, layers, labels, seed });
  return { graph, dataset, training, seed };
}

/** The bytes of what is published, from what npm would pack. */
function measurePackage(): void {
  for (const file of ['int8.wasm', 'int8.simd.wasm', 'f32.wasm'] as const) {
    record('kernels', file, readKernelFile(file).length, 'bytes');
  }
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  const [{ size, unpackedSize }] = JSON.parse(packed) as [{ size: number; unpackedSize: number }];
  record('package', 'packed', size, 'bytes');
  record('package', 'unpacked', unpackedSize, 'bytes');
}

/** The models of MLPerf Tiny beside LiteRT. */
async function measureModels(): Promise<void> {
  const python = findEngines();
  if (python === undefined) {
    process.stderr.write(`LiteRT is left out, as it is not installed: '${enginesInstall}'\n`);
  }
  for (const create of tinyModels) {
    const graph = create();
    const { wick, litert } = await measureModel(graph, python, quick ? 5 : 40);
    recordTime(graph.name, 'model.simd.wasm', wick);
    if (litert === undefined) continue;
    recordTime(graph.name, 'LiteRT', litert);
    record(graph.name, 'model.simd.wasm / LiteRT', Number((wick / litert).toPrecision(3)), 'ratio');
  }
}

await measureModels();
for (const name of presets.keys()) {
  await measureTraining(name);
  await measureCompiled(name);
}
measurePackage();
if (json) {
  process.stdout.write(`${JSON.stringify(measurements)}\n`);
} else {
  const table = new Table({
    head: ['benchmark', 'metric', 'value', 'unit'],
    style: { head: [], border: [] },
  });
  for (const { benchmark, metric, value, unit } of measurements) {
    table.push([benchmark, metric, value, unit]);
  }
  process.stdout.write(`${table}\n`);
}
