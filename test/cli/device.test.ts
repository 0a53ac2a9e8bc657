import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePng } from '../../src/data/png.ts';
import { sampleAt } from '../../src/data/select.ts';
import { runWick } from '../support/cli.ts';
import {
  buildFakeFirmware,
  hasGcc,
  type ModelFacts,
  startOnTerminal,
} from '../support/fake-firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { writeReluBuild } from '../support/relu-build.ts';
import { tinyDataset, writeDataset } from '../support/tiny-project.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
const [build, other, data] = ['build', 'other', 'data'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let facts: ModelFacts;
let device: { readonly port: string; stop(): Promise<void> };

beforeAll(async () => {
  facts = await writeReluBuild(build, 'y');
  await writeReluBuild(other, 'z');
  await writeDataset(data, tinyDataset);
  if (hasGcc) device = await startOnTerminal(buildFakeFirmware(folder, 'relu', facts));
});
afterAll(() => device?.stop());

/** A file of raw inputs of one inference after another. */
async function writeInputs(name: string, ...inputs: readonly Int8Array[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Uint8Array.from(inputs.flatMap((values) => [...values])));
  return path;
}

const input = (first: number, rest: number) =>
  Int8Array.from({ length: 64 }, (_, i) => (i ? rest : first));
const onDevice = (verb: string, ...args: readonly string[]) =>
  runWick('device', verb, '--port', device.port, ...args);
const json = async (verb: string, ...args: readonly string[]) =>
  JSON.parse((await onDevice(verb, ...args, '--json')).stdout);

/** Expects a verb to fail with this line. */
async function expectRefusal(args: readonly string[], line: string | RegExp): Promise<void> {
  const { code, stdout, stderr } = await runWick('device', ...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(line);
}

describe.skipIf(!hasGcc)(
  titleWithTool('wick device on a serial port', hasGcc, 'apt-get install gcc'),
  () => {
    it('info says what the device is and holds', async () => {
      const info = await json('info', '--self-test', 'sha256');
      expect(info).toMatchObject({ board: 'fake-board', engine: 'relu', model: 'relu' });
      expect(info).toMatchObject({ modelSha256: facts.sha256, inputs: 1, outputs: 1, layers: 1 });
      expect(info).toMatchObject({ stackUsedBytes: 700, damagedFrames: 0 });
      expect(info.selfTest).toMatchObject({ kind: 'sha256', isSound: true });

      const { stdout } = await onDevice('info');
      expect(stdout).toContain('fake-board, started after power on');
      expect(stdout).toContain('1.2.3, engine relu, checks none');
      expect(stdout).toContain(facts.sha256);
    });

    it('run gives what the device makes of an image', async () => {
      const png = join(folder, 'image.png');
      const pixels = sampleAt(tinyDataset.test, 5) as Uint8Array;
      await writeFile(png, writePng(pixels, [8, 8, 1]));
      const { label, index, ticks, scores } = await json('run', png, build);
      // Of the brightest pixel, the first of them.
      const brightest = pixels.indexOf(Math.max(...pixels));
      expect(scores).toHaveLength(64);
      expect(index).toBe(brightest);
      expect(label).toBe(`${brightest}`);
      expect(ticks).toBe(0);
      const { stdout } = await onDevice('run', png, build);
      expect(stdout.split('\n')[0]).toBe(`${brightest}`);
    });

    it('run takes --scale, and warns where an image does not fit the input', async () => {
      const png = join(folder, 'grey.png');
      await writeFile(png, writePng(new Uint8Array(64).fill(64), [8, 8, 1]));
      // Steps of 1/128 from -20 on: a pixel of 64 is 127 at most.
      const outputOf = async (...args: readonly string[]) => {
        const { scores } = await json('run', png, build, ...args);
        return scores[0].output;
      };
      expect(await outputOf()).toBe(Math.round((128 * 64) / 255) - 20);
      expect(await outputOf('--scale', `${1 / 128}`)).toBe(64 - 20);
      const { code, stderr } = await onDevice('run', png, build, '--scale', '1');
      expect(code).toBe(0);
      expect(stderr).toContain('warning: relu: 64 of 64 values (100.0%) lie beyond the range');
      const raw = await writeInputs('raw.bin', input(1, 2));
      await expectRefusal(
        ['run', '--port', device.port, raw, build, '--scale', '1'],
        /raw\.bin: --scale is for \.png files only/,
      );
    });

    it('verify compares every byte of a data set', async () => {
      const result = await json('verify', build, '--data', data);
      expect(result).toMatchObject({ name: 'relu', board: 'fake-board', samples: 60 });
      expect(result.outputBytes).toBe(60 * 64);
      const { stdout } = await onDevice('verify', build, '--data', data, '--count', '7');
      expect(stdout).toContain('the 448 output bytes of 7 samples are the host');
    });

    it('verify takes raw inputs, one after another', async () => {
      const inputs = await writeInputs('two.bin', input(1, 2), input(-128, 127));
      expect(await json('verify', build, '--inputs', inputs)).toMatchObject({ samples: 2 });
      const half = await writeInputs('half.bin', input(1, 2).subarray(1));
      await expectRefusal(
        ['verify', '--port', device.port, build, '--inputs', half],
        /half\.bin: inputs do not fit the model: expected a multiple of 64 bytes/,
      );
    });

    it('verify names the sample and the value at the first byte that differs', async () => {
      // What the fake engine gets wrong on purpose.
      const inputs = await writeInputs('wrong.bin', input(1, 2), input(0x56, 2));
      await expectRefusal(
        ['verify', '--port', device.port, build, '--inputs', inputs],
        `${device.port}, sample 1, output 0: value 63 differs from the host's: expected 2, received 3`,
      );
    });

    it('refuses a device that holds another model', async () => {
      const inputs = await writeInputs('one.bin', input(1, 2));
      const line = new RegExp(`${device.port}: device holds another model: expected 'relu' \\(`);
      for (const args of [['verify', '--inputs', inputs], ['bench'], ['run', inputs]]) {
        const [verb = '', ...rest] = args;
        await expectRefusal([verb, '--port', device.port, ...rest, other], line);
      }
    });

    it('bench gives ticks of the whole and of each layer', async () => {
      const bench = await json('bench', build, '--runs', '2');
      expect(bench).toMatchObject({ name: 'relu', board: 'fake-board', unit: 'instructions' });
      expect(bench).toMatchObject({ runs: 2, microseconds: null, stackBytes: 2048 });
      expect(bench.layers).toHaveLength(1);
      expect(bench.layers[0]).toMatchObject({ op: 'relu', ticks: 0 });
      expect((await onDevice('bench', build)).stdout).toContain('the median of 3 runs');
    });
  },
);

describe.skipIf(!hasGcc)('wick device on a device whose model gives one value', () => {
  const one = join(folder, 'one');
  let single: typeof device;
  beforeAll(async () => {
    const told = await writeReluBuild(one, 'y', 1);
    single = await startOnTerminal(buildFakeFirmware(one, 'relu', told));
  });
  afterAll(() => single?.stop());

  it('run gives the value, which is no class', async () => {
    const args = [
      'run',
      '--port',
      single.port,
      await writeInputs('value.bin', Int8Array.of(44)),
      one,
    ];
    const { code, stdout } = await runWick('device', ...args);
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: '0.5' });
    const answer = JSON.parse((await runWick('device', ...args, '--json')).stdout);
    expect(answer).toEqual({ value: 0.5, output: 44, ticks: 0 });
  });
});

describe.skipIf(!hasGcc)('wick device on a device whose weights are corrupted', () => {
  let corrupted: typeof device;
  beforeAll(async () => {
    corrupted = await startOnTerminal(buildFakeFirmware(folder), { WICK_CORRUPT: '17' });
  });
  afterAll(() => corrupted?.stop());

  it('info says so, and still says what it is', async () => {
    const { code, stdout } = await runWick('device', 'info', '--port', corrupted.port);
    expect(code).toBe(0);
    expect(stdout).toContain('fake model (the weights on the device are corrupted)');
  });

  it.each(['crc32', 'sha256'])('info --self-test %s fails', async (digest) => {
    const args = ['info', '--port', corrupted.port, '--self-test', digest];
    const { code, stdout, stderr } = await runWick('device', ...args);
    expect({ code, told: /self-test .*WRONG/.test(stdout) }).toEqual({ code: 1, told: true });
    expect(stderr).toContain(`self-test by ${digest}: the weights on the device are corrupted`);
  });

  it('verify is refused', () =>
    expectRefusal(
      ['verify', '--port', corrupted.port, '--data', data, build],
      'load: the weights on the device are corrupted; flash the firmware again',
    ));
});

describe('wick device', () => {
  it('says what to name where no device is named', async () => {
    await expectRefusal(
      ['info'],
      'no device is named: expected --port and a serial port, or --emulate',
    );
    await expectRefusal(
      ['info', '--emulate', build],
      '--emulate needs a board: expected --board, one of',
    );
    await expectRefusal(['info', '--port', ''], 'Expected the name of a serial port; ');
    await expectRefusal(['info', '--emulate', '--port', 'x'], 'cannot be used with option');
    await expectRefusal(
      ['info', '--emulate', '--board', 'bluepill-f103', build],
      /QEMU does not emulate this board: expected .*netduinoplus2.*, received bluepill-f103/,
    );
    await expectRefusal(
      ['info', '--emulate', '--board', 'netduinoplus2', build],
      /firmware\.elf: there is no firmware; 'wick firmware build' makes it/,
    );
    await expectRefusal(['run', 'x.png', '--port', 'x'], 'no build folder is named');
  });

  it('says which serial ports there are where the one named is none', async () => {
    await expectRefusal(
      ['info', '--port', join(folder, 'no-port')],
      /no-port: serial port cannot be opened: received .*No such file.*; the system has/,
    );
  });
});
