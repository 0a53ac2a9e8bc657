import { type Command, Option } from 'commander';
import { benchDevice, type DeviceBench, defaultBenchRuns } from '../../device/bench.ts';
import type { DeviceStatistics, SelfTest } from '../../device/device.ts';
import { expectSameModel, inferOn } from '../../device/host-model.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import { inputsOfFile, inputsOfSamples } from '../../device/samples.ts';
import { status, statusError } from '../../device/status.ts';
import { verifyDevice } from '../../device/verify.ts';
import {
  formatBytes,
  formatCount,
  formatMicroseconds,
  formatPercent,
} from '../../report/format.ts';
import { answerOf } from '../../runtime/run.ts';
import { readBytes } from '../../write-files.ts';
import { addLine, hostModelOf, type LineFlags, withDevice } from '../device-line.ts';
import { type DataOptions, options } from '../options.ts';
import { printJson, printLine, printStep, printTable, withProgress } from '../output.ts';
import { addInputFlags, type InputFlags, readInput } from '../read-input.ts';
import { loadTestSamples } from '../samples.ts';
import { printAnswer } from './run.ts';

interface Flags extends LineFlags {
  readonly json?: boolean;
}

const buildArgument = [
  '[build]',
  'the build folder that the firmware was built of, or the graph (default: that of the project here)',
] as const;

/** `wick device`: speaks to a board that runs the firmware, or to QEMU. */
export function addDevice(program: Command): void {
  const device = program
    .command('device')
    .description('run, verify and measure a model on a board, or on one that QEMU emulates');
  addInfo(device);
  addRun(device);
  addVerify(device);
  addBench(device);
}

const verb = (device: Command, name: string, description: string) =>
  addLine(device.command(name).description(description)).addOption(options.json());

const line = '--emulate --board netduinoplus2';

function addInfo(device: Command): void {
  verb(device, 'info', 'say what a device is, which model it holds, and what it has counted')
    .argument(...buildArgument)
    .addOption(
      new Option(
        '--self-test <digest>',
        'have it check the weights in its flash; fails where they are corrupted',
      ).choices(['crc32', 'sha256']),
    )
    .addHelpText('after', '\nExample:\n  wick device info --port /dev/ttyACM0 --self-test sha256')
    .action(async (path: string | undefined, flags: Flags & { selfTest?: SelfTest['kind'] }) => {
      await withDevice(flags, path, async ({ where, identity, statistics, selfTest }) => {
        const counted = await statistics();
        const test = flags.selfTest && (await selfTest(flags.selfTest));
        if (flags.json) printJson({ ...identity, ...counted, ...(test && { selfTest: test }) });
        else printInfo(where, identity, counted, test);
        if (test?.isSound === false) {
          throw statusError(status.badWeights, `self-test by ${test.kind}`, where);
        }
      });
    });
}

function printInfo(
  where: string,
  identity: DeviceIdentity,
  counted: DeviceStatistics,
  test: SelfTest | undefined,
): void {
  const { loadStatus, start, faultAddress, ticksHz } = identity;
  const fault = faultAddress === 0 ? '' : ` at 0x${faultAddress.toString(16).padStart(8, '0')}`;
  const unit = ticksHz === 0 ? 'instructions' : `cycles of ${formatCount(ticksHz)} Hz`;
  const loaded =
    loadStatus === status.ok ? '' : ` (${statusError(loadStatus, 'load', where).problem.what})`;
  const rows: readonly (readonly [string, string])[] = [
    ['board', `${identity.board}, started after ${start}${fault}`],
    [
      'firmware',
      `${identity.firmwareVersion}, engine ${identity.engine}, checks ${identity.checks}`,
    ],
    ['model', `${identity.model}${loaded}`],
    ['  SHA-256', identity.modelSha256],
    ['  ABI version', `${identity.abiVersion}`],
    ['  weights', formatBytes(identity.weightsBytes)],
    ['  memory', `${formatBytes(identity.memoryBytes)}, arena ${formatBytes(identity.arenaBytes)}`],
    ['  ports', `${identity.inputs} in, ${identity.outputs} out, ${identity.layers} layers`],
    [
      'stack',
      `${formatBytes(counted.stackUsedBytes)} used at most of ${formatBytes(counted.stackBytes)}`,
    ],
    [
      'inferences',
      `${formatCount(counted.inferences)}, the last ${formatCount(counted.ticks)} ${unit}`,
    ],
    ['line', `${formatCount(counted.damagedFrames)} damaged frames`],
    ...(test
      ? [['self-test', `${test.kind} ${test.digest}${test.isSound ? '' : ', WRONG'}`] as const]
      : []),
  ];
  printTable([where, ''], rows, ['left', 'left']);
}

function addRun(device: Command): void {
  const run = verb(
    device,
    'run',
    'run one inference on a device; prints label and scores, or its value where it gives only one',
  )
    .argument('<input>', 'a PNG of the size of the input, or raw values as the model takes them')
    .argument(...buildArgument);
  addInputFlags(run)
    .addHelpText('after', `\nExample:\n  wick device run ${line} digit.png build/mnist-cnn`)
    .action(async (input: string, path: string | undefined, flags: Flags & InputFlags) => {
      const host = await hostModelOf(path);
      const values = await readInput(host.description, input, flags);
      await withDevice(flags, path, async (found) => {
        await expectSameModel(found, host);
        await found.load();
        const { outputs, ticks } = await inferOn(found, host, [values]);
        const answer = answerOf(host.description, outputs[0] ?? new Int8Array(0));
        if (flags.json) return printJson({ ...answer, ticks });
        printAnswer(answer);
        printLine(formatTicks(ticks, found.identity.ticksHz));
      });
    });
}

/** Ticks with what they are. */
const formatTicks = (ticks: number, ticksHz: number): string =>
  ticksHz === 0
    ? `${formatCount(ticks)} instructions`
    : `${formatCount(ticks)} cycles, ${formatMicroseconds((1e6 * ticks) / ticksHz)}`;

interface VerifyFlags extends Flags, DataOptions {
  readonly inputs?: string;
  readonly scale?: number;
  readonly count?: number;
}

function addVerify(device: Command): void {
  verb(device, 'verify', "compare every output of a device with this host's, byte for byte")
    .argument(...buildArgument)
    .addOption(options.data())
    .addOption(
      new Option(
        '--inputs <file>',
        'inputs in place of a data set: IDX, or raw values as the model takes them, one input after another',
      ).conflicts('data'),
    )
    .addOption(options.scale())
    .addOption(options.count())
    .addOption(options.config())
    .addHelpText(
      'after',
      `\nExample:\n  wick device verify ${line} --data mnist --count 200 build/mnist-cnn`,
    )
    .action(async (path: string | undefined, flags: VerifyFlags) => {
      const host = await hostModelOf(path);
      const { inputs: ports } = host.description;
      const series =
        flags.inputs === undefined
          ? inputsOfSamples(await loadTestSamples([], flags), ports, host.description.name)
          : inputsOfFile(await readBytes(flags.inputs), ports, flags.inputs, flags.scale);
      const count = Math.min(series.count, flags.count ?? series.count);
      await withDevice(flags, path, async (found) => {
        const result = await withProgress('verifying', ({ update }) =>
          verifyDevice(found, host, { ...series, count }, update),
        );
        const { board, engine, checks, ticksHz } = found.identity;
        if (flags.json) {
          return printJson({ name: host.description.name, board, engine, checks, ...result });
        }
        printStep(
          'verify',
          `${host.description.name} on ${found.where}: the ${formatCount(result.outputBytes)} output bytes of ${formatCount(count)} samples are the host's; at most ${formatTicks(result.ticks.most, ticksHz)}`,
        );
      });
    });
}

function addBench(device: Command): void {
  verb(device, 'bench', 'measure a model on a device, whole and by layer')
    .argument(...buildArgument)
    .addOption(options.runs().default(defaultBenchRuns))
    .addHelpText('after', `\nExample:\n  wick device bench ${line} build/mnist-cnn`)
    .action(async (path: string | undefined, flags: Flags & { runs: number }) => {
      const host = await hostModelOf(path);
      await withDevice(flags, path, async (found) => {
        const result = await withProgress('measuring', ({ update: onProgress }) =>
          benchDevice(found, host, { runs: flags.runs, onProgress }),
        );
        if (flags.json) return printJson(result);
        printBench(result);
      });
    });
}

const orDash = (rate: number | null) => (rate === null ? '-' : rate.toFixed(2));

function printBench(bench: DeviceBench): void {
  const { name, unit, ticks, microseconds, layers } = bench;
  printTable(
    [name, 'op', unit, 'share', 'MACs', 'per MAC'],
    [
      ...(layers ?? []).map((layer) => [
        layer.name,
        layer.op,
        formatCount(layer.ticks),
        formatPercent(layer.share, 1),
        formatCount(layer.macs),
        orDash(layer.ticksPerMac),
      ]),
      ['whole', '', formatCount(ticks), '', formatCount(bench.macs), orDash(bench.ticksPerMac)],
    ],
    ['left', 'left', ...new Array<'right'>(4).fill('right')],
  );
  const time = microseconds === null ? '' : `${formatMicroseconds(microseconds)} an inference; `;
  printLine(
    `${bench.board}, engine ${bench.engine}, checks ${bench.checks}: ${time}stack ${formatBytes(bench.stackUsedBytes)} of ${formatBytes(bench.stackBytes)}, memory ${formatBytes(bench.memoryBytes)}, arena ${formatBytes(bench.arenaBytes)}; ${bench.runs === 1 ? 'one run' : `the median of ${formatCount(bench.runs)} runs`}.`,
  );
}
