import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEmulatedBoard } from '../../src/firmware/boards.ts';
import { createRandom } from '../../src/random.ts';
import { type McuFigures, measureMcu, prepareModel } from '../../tools/bench/mcu/measure.ts';
import { pairLayers, readPeers } from '../../tools/bench/mcu/peer.ts';
import {
  costTable,
  flashTable,
  geometricMean,
  layerTable,
  ratioTable,
  renderMarkdown,
} from '../../tools/bench/mcu/report.ts';
import { canBuild, installBuildTools } from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { randomInputs } from '../support/networks.ts';
import { quantizedLayer } from '../support/single-layer.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const layer = (op: string, outputs: number, macs: number, instructions: number) => ({
  ...{ name: `${op}_${instructions}`, op, outputs, macs, instructions },
});

const figures: McuFigures = {
  model: 'net',
  board: 'netduinoplus2',
  engine: 'native',
  checks: 'none',
  optimize: 'speed',
  instructions: 3000,
  macs: 1500,
  flashBytes: 12_000,
  weightsBytes: 2000,
  canonicalWeightsBytes: 1600,
  flash: { app: 2500, board: 900, engine: 300, model: 5500, weights: 2000, library: 780, fill: 20 },
  ramBytes: 5000,
  arenaBytes: 3000,
  stackBytes: 260,
  layers: [layer('conv2d', 64, 1000, 2500), layer('softmax', 10, 0, 100)],
};

const peer = {
  instructions: 6000,
  arenaBytes: 4000,
  flashBytes: 50_000,
  layers: [
    { op: 'CONV_2D', outputs: 64, macs: 1000, instructions: 5000 },
    { op: 'RESHAPE', outputs: 10, macs: 0, instructions: 200 },
    { op: 'SOFTMAX', outputs: 10, macs: 0, instructions: 800 },
  ],
};
const peers = new Map([['net', peer]]);

describe('layers beside the peer’s', () => {
  it('pair by operator, outputs and multiplications, whatever the order', () => {
    const own = [layer('conv2d', 8, 16, 1), layer('dense', 4, 32, 2), layer('conv2d', 8, 64, 3)];
    const others = [
      { op: 'CONV_2D', outputs: 8, macs: 64, instructions: 30 },
      { op: 'CONV_2D', outputs: 8, macs: 16, instructions: 10 },
      { op: 'FULLY_CONNECTED', outputs: 4, macs: 32, instructions: 20 },
    ];
    const pairs = pairLayers(own, others);
    expect(pairs.map(({ peer: other }) => other?.instructions)).toEqual([10, 20, 30]);
  });

  it('take each of the peer’s once, and leave what only one has alone', () => {
    const own = [layer('add', 8, 0, 1), layer('add', 8, 0, 2), layer('mul', 8, 0, 3)];
    const others = [
      { op: 'ADD', outputs: 8, macs: 0, instructions: 10 },
      { op: 'RESHAPE', outputs: 8, macs: 0, instructions: 20 },
    ];
    expect(
      pairLayers(own, others).map((pair) => [pair.own?.instructions, pair.peer?.instructions]),
    ).toEqual([
      [1, 10],
      [2, undefined],
      [3, undefined],
      [undefined, 20],
    ]);
  });
});

describe('the tables', () => {
  it('say what a model takes, and its instructions and arena over the peer’s', () => {
    const { head, rows, align } = costTable([figures], peers);
    expect(head.length).toBe(align.length);
    expect(rows).toEqual([
      [
        ...['net', 'speed', 'none', '3,000', '2.00', '0.500'],
        ...['12,000', '2,000', '1.250', '10,000', '5,000', '3,000', '0.750', '260'],
      ],
    ]);
  });

  it('say nothing of a peer that there is none of', () => {
    const { rows } = costTable([{ ...figures, macs: 0 }], new Map());
    expect(rows[0]?.slice(4, 6)).toEqual(['-', '-']);
    expect(ratioTable([figures], new Map()).rows).toEqual([]);
  });

  it('give the flash by part', () => {
    expect(flashTable([figures]).rows).toEqual([
      ['net', 'speed', 'none', '2,500', '900', '300', '5,500', '2,000', '780', '20', '12,000'],
    ]);
  });

  it('give the largest ratio and the mean for each way to build', () => {
    const other = { ...peer, instructions: 1500 };
    const all = [figures, { ...figures, model: 'other' }, { ...figures, checks: 'block' as const }];
    expect(ratioTable(all, new Map([...peers, ['other', other]])).rows).toEqual([
      ['native', 'speed', 'none', '2', '2.000', '1.000'],
      ['native', 'speed', 'block', '1', '0.500', '0.500'],
    ]);
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  });

  it('give each layer beside the peer’s, and the peer’s own last', () => {
    expect(layerTable(figures, peer).rows).toEqual([
      ['conv2d_2500', '1,000', '2,500', '2.50', '5,000', '5.00', '0.500'],
      ['softmax_100', '0', '100', '-', '800', '-', '0.125'],
      ['RESHAPE', '0', '-', '-', '200', '-', '-'],
    ]);
  });

  it('become Markdown', () => {
    expect(renderMarkdown({ head: ['a', 'b'], rows: [['1', '2']], align: ['left', 'right'] })).toBe(
      '| a | b |\n| --- | --: |\n| 1 | 2 |',
    );
  });
});

describe('the peer’s figures', () => {
  const write = async (text: string) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'peers'));
    await writeFile(join(folder, 'peers/tflm_cmsisnn_cortex_m4.json'), text);
    return folder;
  };

  it('are read by model, with a model’s layers where there are any', async () => {
    const whole = { cmsis_nn: { inst: 7, arena: 8, flash_int8: 9 } };
    const layers = [{ op: 'ADD', in: [2, 2], out: [2, 2], inst: 5, macs: 0, w: null }];
    const folder = await write(
      JSON.stringify({
        a: { ...whole, layers_cmsis_nn: layers },
        b: { ...whole, layers_cmsis_nn: null },
      }),
    );
    const read = readPeers(folder);
    expect(read.get('a')).toEqual({
      ...{ instructions: 7, arenaBytes: 8, flashBytes: 9 },
      layers: [{ op: 'ADD', outputs: 4, macs: 0, instructions: 5 }],
    });
    expect(read.get('b')?.layers).toEqual([]);
  });

  it('are none without a folder, and refused where they are malformed', async () => {
    expect(readPeers(undefined).size).toBe(0);
    expect(readPeers(await temporaryFolder()).size).toBe(0);
    const folder = await write('{"a":{"cmsis_nn":{"inst":"many"}}}');
    expect(() => readPeers(folder)).toThrow(/inst/);
  });
});

describe('the board', () => {
  it('is one that QEMU emulates', () => {
    expect(readEmulatedBoard('mps2-an386').qemu.machine).toBe('mps2-an386');
    expect(() => readEmulatedBoard('nucleo-f446re')).toThrow(
      /netduinoplus2.*received nucleo-f446re/,
    );
  });
});

const installQemu = 'apt-get install qemu-system-arm (Debian)';
const present = requireTool('qemu-system-arm', installQemu) && canBuild;

describe.skipIf(!present)(
  titleWithTool('a model in QEMU', present, `${installBuildTools}, ${installQemu}`),
  () => {
    /** More than 1 MiB of weights when they are packed for speed, half of it when for size. */
    const graph = quantizedLayer({
      ...{ op: 'dense', attributes: {}, seed: 5 },
      ...{ inputShape: [1, 1000], weightShape: [600, 1000], biasCount: 600 },
    });
    const [input, other] = [1, 2].map((seed) => randomInputs(graph, createRandom(seed)));
    const model = {
      name: 'large',
      load: async () => ({
        graph,
        seriesFor: () => ({ count: 2, inputsOf: (index: number) => [input, other][index] ?? [] }),
      }),
    };
    const setting = { engine: 'native', checks: 'none' } as const;

    it('is measured on the board that is asked for, and where it does not fit on a larger one', async () => {
      const prepared = await prepareModel(model, 1);
      expect(prepared.series.count).toBe(1);
      const small = await measureMcu(prepared, { ...setting, optimize: 'size' }, 'netduinoplus2');
      const large = await measureMcu(prepared, { ...setting, optimize: 'speed' }, 'netduinoplus2');
      expect([small.board, large.board]).toEqual(['netduinoplus2', 'mps2-an386']);
      expect([small.macs, large.macs]).toEqual([600_000, 600_000]);
      expect(large.weightsBytes).toBeGreaterThan(2 ** 20);
      expect(large.instructions).toBeLessThan(small.instructions);
      expect(small.layers.map(({ op, outputs, macs }) => [op, outputs, macs])).toEqual([
        ['dense', 600, 600_000],
      ]);
      // The layer is all of the model but the loop over layers.
      expect(small.instructions - (small.layers[0]?.instructions ?? 0)).toBeLessThan(50);
    });

    it('is not measured where an output differs from the host’s', async () => {
      const prepared = await prepareModel(model, 2);
      const infer = () => [new Int8Array(600)];
      const host = { ...prepared.host, model: { ...prepared.host.model, infer } };
      const wrong = { ...prepared, host };
      await expect(
        measureMcu(wrong, { ...setting, optimize: 'size' }, 'netduinoplus2'),
      ).rejects.toThrow(/differs from the host's/);
    });
  },
);
