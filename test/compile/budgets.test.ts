import { describe, expect, it } from 'vitest';
import { flashBytes, parseBytes, ramBytes } from '../../src/compile/budgets.ts';
import { compile } from '../../src/compile/compile.ts';
import type { LayerDescription as Layer } from '../../src/compile/description.ts';
import { messageOf } from '../../src/errors.ts';
import { createOpNetwork } from '../support/op-network.ts';
import { statefulClassifier } from '../support/stateful.ts';
import { kwsDscnn } from '../support/tiny-models.ts';

describe('parseBytes', () => {
  it.each([
    ['1', 1],
    ['65536', 65_536],
    ['64k', 65_536],
    ['64K', 65_536],
    ['64kB', 65_536],
    ['64 KiB', 65_536],
    ['256kb', 262_144],
    ['1.5k', 1_536],
    ['1M', 1_048_576],
    ['2 MiB', 2_097_152],
    ['12 B', 12],
  ])('takes %s for %i', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    '',
    '0',
    '-1',
    '64g',
    'k',
    '1e3',
    '0.3',
    '64 k B',
    '1.0001k',
    'NaN',
    '9007199254740993',
  ])('does not take %j', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});

/** Two branches of one image, added, and a dense layer. */
function network() {
  const net = createOpNetwork(1, { name: 'branches' });
  net.input('x', [1, 8, 8, 4]);
  const window = { stride: [1, 1], dilation: [1, 1], padding: [1, 1, 1, 1], groups: 1 };
  net.weighted('conv2d', 'left', 'x', [4, 3, 3, 4], window);
  net.weighted('conv2d', 'right', 'x', [4, 3, 3, 4], window);
  net.add('add', 'sum', ['left', 'right']);
  net.add('reshape', 'flat', ['sum'], { shape: [1, 256] });
  net.weighted('dense', 'logits', 'flat', [10, 256]);
  return net.graph(['logits']);
}

describe('compile with budgets', () => {
  const graph = network();
  const { description } = compile(graph);
  const refusal = (budgets: object) => {
    try {
      compile(graph, { budgets });
    } catch (error) {
      return messageOf(error);
    }
    return 'accepted';
  };

  it('tells the arena, the layer that sets it, and the bound', () => {
    const scratch = 8 * 9 * 4;
    expect(description).toMatchObject({
      // The second branch overwrites the image, from a row and a pixel before it on: 36 bytes, at a multiple of 16.
      arenaBytes: 2 * 256 + 48 + scratch,
      lowerBoundBytes: 2 * 256 + 48 + scratch,
      peakLayer: 'right',
      stateBytes: 0,
    });
    expect(ramBytes(description)).toBe(description.arenaBytes);
    expect(flashBytes(description)).toBe(description.weightsBytes + description.wasmBytes);
  });

  it('accepts a model that needs just as much, to the same bytes', () => {
    const budgets = { ram: ramBytes(description), flash: flashBytes(description) };
    expect(compile(graph, { budgets })).toEqual(compile(graph));
  });

  it('refuses a byte less of RAM, naming the peak layer and what is needed there', () => {
    const ram = ramBytes(description);
    expect(refusal({ ram: ram - 1 })).toBe(
      `branches: model needs more RAM than its budget: expected at most ${ram - 1} bytes, received ${ram} bytes ` +
        `(arena ${ram}, set by layer 'right': 'right scratch' 288, 'x' 256, 'left = sum = flat' 256, 'part of right' 48); ` +
        "make layer 'right' or its input smaller, or raise the budget (--ram)",
    );
  });

  it('says what is needed beside the peak where tensors overwrite each other one ahead of another', () => {
    const kws = kwsDscnn();
    expect(() => compile(kws, { budgets: { ram: 10_000 } })).toThrow(
      "received 11840 bytes (arena 11840, set by layer 'depthwise0': 'conv' 8000, 'part of depthwise0 = pointwise0' 960, " +
        "'depthwise0 scratch' 320, and 2560 where tensors overwrite each other)",
    );
  });

  it('refuses a byte less of flash, naming the layers with the most weights, and the kernels', () => {
    const flash = flashBytes(description);
    const { weightsBytes, wasmBytes, layers } = description;
    const bytes = (name: string) => layers.find((layer) => layer.name === name)?.weightsBytes;
    expect(refusal({ flash: flash - 1 })).toBe(
      `branches: model needs more flash than its budget: expected at most ${flash - 1} bytes, received ${flash} bytes ` +
        `(weights ${weightsBytes}: 'logits' ${bytes('logits')}, 'left' ${bytes('left')}, 'right' ${bytes('right')}; ` +
        `Wasm ${wasmBytes}: conv2dPixelPairs, add, denseBytes); ` +
        "make layer 'logits' smaller, or raise the budget (--flash)",
    );
  });

  it('names the smaller layout of weights where the larger one was chosen', () => {
    const budgets = { flash: flashBytes(description) };
    expect(() => compile(graph, { optimize: 'speed', budgets })).toThrow(
      "(--flash), or compile with '--optimize size'",
    );
  });

  it('counts the state as RAM, and names who keeps it', () => {
    const stateful = statefulClassifier(0);
    const { description: figures } = compile(stateful);
    const { arenaBytes, stateBytes } = figures;
    expect(stateBytes).toBeGreaterThan(0);
    // The state starts behind the arena, at a multiple of 16.
    const ram = 16 * Math.ceil(arenaBytes / 16) + stateBytes;
    expect(ramBytes(figures)).toBe(ram);
    const [first, second] = figures.layers as [Layer, Layer];
    const keeping = [second, first].map((layer) => `'${layer.name}' ${layer.stateBytes}`);
    expect(() => compile(stateful, { budgets: { ram: ram - 1 } })).toThrow(
      `; state ${stateBytes}: ${keeping.join(', ')}); make layer`,
    );
  });
});
