// `npm run -s bench:kernels [-- --json] [--quick] [--engine NAME…] [--layer FILTER]`: the speed of single layers, wick's
// and, once `npm run setup:peers` has run, ONNX Runtime's, in one process and on one thread. Engines take turns, and of
// each the best round counts: what else the machine does only ever adds to a time. With --json the output is one array of
// { op, shape, engine, value, unit }.

import Table from 'cli-table3';
import { Command } from 'commander';
import type { Engine, Round, Session } from './engine.ts';
import { instantiate, type LayerInstance } from './instance.ts';
import { createLayerBench } from './layer-firmware.ts';
import { layers } from './layers.ts';
import { type Figure, m4Names, m4Problem, measureM4 } from './m4.ts';
import { onnxruntimeChoices, onnxruntimeEngine } from './onnxruntime.ts';
import { wickEngines } from './wick.ts';

interface Measurement {
  readonly op: string;
  readonly shape: string;
  readonly engine: string;
  /** Billions of multiply-accumulates, or of elements, in a second; instructions for one of them; or bytes. */
  readonly value: number;
  readonly unit: 'GMAC/s' | 'Gelem/s' | Figure['unit'];
}

interface Options {
  readonly json?: true;
  readonly quick?: true;
  readonly engine?: readonly string[];
  readonly layer?: string;
}

function parseOptions(): Options {
  const names = [
    ...wickEngines.map(({ name }) => name),
    ...onnxruntimeChoices.map(({ name }) => name),
    ...m4Names,
  ];
  return new Command('bench:kernels')
    .description('measures the speed of single layers')
    .option('--json', 'print one JSON array')
    .option('--quick', 'fewer rounds')
    .option('--engine <name...>', `only these of ${names.join(', ')}`)
    .option('--layer <text>', 'only layers whose model, op or shape holds this text')
    .parse()
    .opts<Options>();
}

function findEngines(wanted: readonly string[] | undefined): readonly Engine[] {
  const isWanted = (name: string) => wanted?.includes(name) ?? true;
  const peers = onnxruntimeChoices
    .filter(({ name }) => isWanted(name))
    .map((choice) => ({ name: choice.name, engine: onnxruntimeEngine(choice) }));
  const missing = peers.filter(({ engine }) => engine === undefined).map(({ name }) => name);
  if (missing.length > 0) {
    process.stderr.write(
      `left out, as their packages are not installed: ${missing.join(', ')}; 'npm run setup:peers' installs them\n`,
    );
  }
  return [
    ...wickEngines.filter(({ name }) => isWanted(name)),
    ...peers.flatMap(({ engine }) => engine ?? []),
  ];
}

/** ONNX Runtime rounds once and in float, so its values may lie a step beside ours; and it knows no ReLU of its own. */
async function check(instance: LayerInstance, engine: string, session: Session): Promise<void> {
  const tolerance = wickEngines.some(({ name }) => name === engine) ? 0 : 1;
  const least = instance.expected.reduce((min, value) => Math.min(min, value), 127);
  const output = await session.output();
  const wrong = output.findIndex(
    (value, i) => Math.abs(Math.max(value, least) - (instance.expected[i] as number)) > tolerance,
  );
  if (wrong >= 0 || output.length !== instance.expected.length) {
    throw new Error(
      `${engine}: ${instance.layer.op} ${instance.layer.name}: element ${wrong} is ${output[wrong]}, expected ${instance.expected[wrong]}`,
    );
  }
}

/** Microseconds of a layer by the best rounds, or undefined where it is lost in what a run costs besides. */
function bestTime({ layersPerRun }: Session, rounds: readonly Round[]): number | undefined {
  const run = Math.min(...rounds.map((round) => round.run));
  const besides = Math.min(...rounds.map((round) => round.besides));
  return run > 1.05 * besides ? (run - besides) / layersPerRun : undefined;
}

/** One layer in all engines, in turns; of an engine's sessions, the fastest. */
async function measure(
  instance: LayerInstance,
  engines: readonly Engine[],
  quick: boolean,
): Promise<Measurement[]> {
  const entries: { engine: string; session: Session; rounds: Round[] }[] = [];
  for (const { name, open } of engines) {
    for (const session of await open(instance)) entries.push({ engine: name, session, rounds: [] });
  }
  for (const { engine, session } of entries) await check(instance, engine, session);
  // V8 compiles for speed only what has run for a while.
  const warmUp = 5;
  const rounds = quick ? 3 : 20;
  for (let round = -warmUp; round < rounds; round++) {
    for (const entry of entries) {
      const result = await entry.session.round();
      if (round >= 0) entry.rounds.push(result);
    }
  }
  for (const { session } of entries) await session.close();
  const { layer, work } = instance;
  return engines.flatMap(({ name }) => {
    const times = entries
      .filter(({ engine }) => engine === name)
      .flatMap((entry) => bestTime(entry.session, entry.rounds) ?? []);
    if (times.length === 0) return [];
    const value = Number((work.count / Math.min(...times) / 1000).toPrecision(4));
    const unit = work.unit === 'MAC' ? 'GMAC/s' : 'Gelem/s';
    return [{ op: layer.op, shape: layer.name, engine: name, value, unit } as const];
  });
}

function printTable(measurements: readonly Measurement[], engines: readonly Engine[]): void {
  const names = engines.map(({ name }) => name);
  const table = new Table({
    head: ['op', 'shape', ...names, 'unit'],
    style: { head: [], border: [] },
  });
  for (const { op, shape, unit } of measurements.filter(({ engine }) => engine === names[0])) {
    const cells = names.map((name) => {
      const found = measurements.find((m) => m.op === op && m.shape === shape && m.engine === name);
      return found?.value ?? '-';
    });
    table.push([op, shape, ...cells, unit]);
  }
  process.stdout.write(`${table}\n`);
}

/** The engines of the Cortex-M4 that are wanted and can run. */
function findM4(wanted: readonly string[] | undefined): readonly string[] {
  // A check of every access is there to compare with; it takes long.
  const names = m4Names.filter((name) => wanted?.includes(name) ?? name !== 'm4-access');
  const problem = names.length > 0 ? m4Problem() : undefined;
  if (problem === undefined) return names;
  if (process.env.WICK_REQUIRE_ALL === '1') throw new Error(problem);
  process.stderr.write(`${names.join(' and ')} left out: ${problem}\n`);
  return [];
}

const options = parseOptions();
const m4 = findM4(options.engine);
const engines = findEngines(options.engine);
const chosen = layers.filter(({ model, op, name }) =>
  `${model} ${op} ${name}`.includes(options.layer ?? ''),
);
// The first one runs twice: until then V8 has not compiled the loops that take the time.
for (const layer of chosen.slice(0, 1)) await measure(instantiate(layer), engines, true);
const measurements: Measurement[] = [];
const bench = m4.length > 0 ? await createLayerBench() : undefined;
for (const layer of chosen) {
  const instance = instantiate(layer);
  measurements.push(...(await measure(instance, engines, options.quick === true)));
  if (bench === undefined) continue;
  const figures = await measureM4(bench, instance, m4);
  measurements.push(...figures.map((f) => ({ op: layer.op, shape: layer.name, ...f })));
}
await bench?.close();
if (options.json) process.stdout.write(`${JSON.stringify(measurements)}\n`);
else printTable(measurements, engines);
