import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { planStream, type StreamPlan, streamed } from '../../src/compile/stream.ts';
import type { Graph } from '../../src/graph/types.ts';
import type { KernelArgument, KernelCall } from '../../src/ops/op.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { randomInputs } from '../support/networks.ts';
import { int8Tensor } from '../support/operands.ts';

const window = 0x4000;

/** A call whose weights are pieces of these sizes, each with an argument that points at it. */
function callOf(pieces: readonly number[], tables: readonly number[] = []): KernelCall {
  const starts = pieces.map((_, index) => pieces.slice(0, index).reduce((sum, n) => sum + n, 0));
  const pointers: KernelArgument[] = starts.map((weights) => ({ weights }));
  return {
    kernel: 'any',
    arguments: [{ input: 0 }, ...pointers, 7],
    weights: new Uint8Array(pieces.reduce((sum, bytes) => sum + bytes, 0)),
    scratchBytes: 0,
    readByValue: tables.map((piece) => starts[piece] as number),
  };
}

function plan(calls: readonly (KernelCall | null)[], windowBytes: number): StreamPlan {
  const offsets = calls.map((_, layer) => 0x10000 * layer);
  const titles = calls.map((_, layer) => `node ${layer}`);
  return planStream(calls, offsets, window, windowBytes, titles);
}

describe('planStream', () => {
  it('reads a layer that has room in the window by one call, wherever its arguments point', () => {
    const { layers, windowBytes } = plan([null, callOf([100, 28]), callOf([300])], 1000);
    expect(windowBytes).toBe(304);
    expect(layers[0]).toBeUndefined();
    expect(layers[1]?.reads).toEqual([{ offset: 0x10000, address: window, bytes: 128 }]);
    expect([0, 100].map((offset) => layers[1]?.address(offset))).toEqual([window, window + 100]);
    expect(layers.map((layer) => layer?.end)).toEqual([undefined, undefined, undefined]);
  });

  it('lets a piece that has no room pass through two halves of what the small ones leave', () => {
    const { layers, halves, windowBytes, wholeLayersBytes } = plan(
      [callOf([48]), callOf([5008, 64, 3000, 16])],
      1031,
    );
    expect({ windowBytes, wholeLayersBytes }).toEqual({
      windowBytes: 1024,
      wholeLayersBytes: 8096,
    });
    expect(layers[1]?.reads.map(({ offset, address, bytes }) => [offset, address, bytes])).toEqual([
      [0x10000 + 8072, window, 16],
      [0x10000 + 5008, window + 16, 64],
    ]);
    expect(halves).toEqual({ address: window + 96, bytes: 464 });
    const addresses = [0, 5008, 5072, 8072].map((offset) => layers[1]?.address(offset));
    const far = (offset: number) => streamed | (0x10000 + offset) | 0;
    expect(addresses).toEqual([far(0), window + 16, far(5072), window]);
    expect(layers[1]?.end).toBe(0x10000 + 8088);
  });

  it('keeps what is read by value, even where it takes more than half of the window', () => {
    const { layers } = plan([callOf([32, 4000, 800], [2])], 1056);
    expect(layers[0]?.reads).toEqual([{ piece: 4032, offset: 4032, address: window, bytes: 800 }]);
    expect(() => plan([callOf([32, 4000, 800], [2])], 1055)).toThrow(
      'node 0: window is too small for the tables of a layer: expected at least 1056 bytes, received 1040',
    );
  });
});

describe('a layer with tables, streamed', () => {
  /** For speed: two tables of 1 KiB, and a constant operand of 3,072 values. */
  const graph: Graph = {
    name: 'sum',
    tensors: new Map(
      [
        int8Tensor('x', [1, 16, 16, 12], 0.05, 4),
        int8Tensor(
          'constant',
          [1, 16, 16, 12],
          0.03,
          -7,
          Int8Array.from({ length: 3072 }, (_, index) => 97 * index),
        ),
        int8Tensor('y', [1, 16, 16, 12], 0.08, 1),
      ].map((tensor) => [tensor.name, tensor]),
    ),
    nodes: [
      {
        name: 'sum',
        op: 'add',
        inputs: ['x', 'constant'],
        outputs: ['y'],
        attributes: { activation: 'none' },
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
  const options = { optimize: 'speed', weights: 'stream' } as const;

  it('gives the same bytes, its tables read whole', async () => {
    const { wasm, weights, description } = compile(graph, { ...options, windowBytes: 2560 });
    expect(description.layers[0]?.kernel).toBe('addTables');
    expect(description.stream).toEqual({
      windowBytes: 2560,
      wholeLayersBytes: 5120,
      callsPerInference: 2 + 3072 / 256,
      bytesPerInference: 5120,
    });
    const loaded = await loadModel(wasm, '', weights);
    const inputs = randomInputs(graph, createRandom(1));
    expect(loaded.infer(inputs)).toEqual([createReference(graph)(inputs).get('y')]);
  });

  it('wants a window that holds them', () => {
    expect(() => compile(graph, { ...options, windowBytes: 2048 })).toThrow(
      "node 'sum' (add): window is too small for the tables of a layer: expected at least 2304 bytes, received 2048",
    );
  });
});
