import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAliases, piecesOf } from '../../src/compile/aliases.ts';
import { planArena } from '../../src/compile/buffers.ts';
import { lowerLayers } from '../../src/compile/lower.ts';
import { planMemory } from '../../src/compile/plan.ts';
import { elementCount, type Graph } from '../../src/graph/types.ts';
import { splitOutputs } from '../../src/ops/support/outputs.ts';
import { type Layer, prepareGraph } from '../../src/ops/support/prepare.ts';
import { createRandom } from '../../src/random.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { randomInputs } from '../support/networks.ts';
import { createOpNetwork, quantization } from '../support/op-network.ts';
import { propertyRuns } from '../support/oracle.ts';
import { randomCopies } from '../support/random-graphs.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';

const lowered = (graph: Graph) => {
  const layers = prepareGraph(graph);
  return { layers, calls: lowerLayers(layers, 'scalar', 'size') };
};
const plan = (graph: Graph) => {
  const { layers, calls } = lowered(graph);
  return planArena(graph, layers, calls);
};
/** The arena where splits, slices and concatenations are kernels. */
function arenaWithCopies(graph: Graph): number {
  const { layers, calls } = lowered(graph);
  const { buffers } = findAliases(graph, layers, calls, {
    pieces: false,
    ahead: () => false,
    types: true,
  });
  return planMemory(buffers.map(piecesOf)).arenaBytes;
}
const arenas = (graph: Graph) => [arenaWithCopies(graph), plan(graph).arenaBytes];

/** Runs the layers by their references in one memory, as the plan says. */
function runInArena(graph: Graph, layers: readonly Layer[], inputs: readonly Int8Array[]) {
  const { arenaBytes, tensorOffsets, elided } = plan(graph);
  const memory = new Int8Array(arenaBytes).fill(99);
  const view = (name: string) => {
    const start = tensorOffsets.get(name) as number;
    const { shape } = graph.tensors.get(name) as { readonly shape: readonly number[] };
    return memory.subarray(start, start + elementCount(shape));
  };
  graph.inputs.forEach((name, i) => {
    view(name).set(inputs[i] as Int8Array);
  });
  const made = new Map<string, Int8Array>();
  layers.forEach(({ op, parameters, activations, context }, layer) => {
    if (!elided[layer]) {
      const output = op.reference(
        parameters,
        activations.map(({ name }) => view(name).slice()),
      );
      for (const [name, data] of splitOutputs(context.outputs, output)) view(name).set(data);
    }
    for (const { name } of context.outputs) made.set(name, view(name).slice());
  });
  return { made, outputs: graph.outputs.map((name) => view(name).slice()) };
}

describe('a concatenation along the first axis that is not 1', () => {
  it('is written by those who make its inputs', async () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 64]);
    net.add('tanh', 'a', ['x']);
    net.add('logistic', 'b', ['x']);
    net.add('reshape', 'c', ['a'], { shape: [64] });
    net.add('quantize', 'd', ['b'], {}, quantization(1 / 128));
    net.add('reshape', 'e', ['d'], { shape: [64] });
    net.add('concat', 'y', ['c', 'e'], { axis: 0 });
    const graph = net.graph(['y']);
    expect(arenas(graph)).toEqual([256, 128]);
    const { tensorOffsets } = plan(graph);
    const start = tensorOffsets.get('y') as number;
    expect(['a', 'x', 'e'].map((name) => (tensorOffsets.get(name) as number) - start)).toEqual([
      0, 64, 64,
    ]);
    await expectCompiledEqual(graph);
  });

  it('may be part of another', async () => {
    const net = createOpNetwork(2);
    net.input('x', [1, 2, 3, 4]);
    net.input('z', [1, 1, 3, 4]);
    net.add('concat', 'inner', ['z', 'x'], { axis: 1 });
    net.add('relu', 'more', ['inner']);
    net.add('concat', 'y', ['more', 'inner'], { axis: 1 });
    const graph = net.graph(['y']);
    expect(arenas(graph)).toEqual([144, 72]);
    await expectCompiledEqual(graph);
  });

  it.each([
    ['its input comes twice', ['a', 'a'], 0],
    ['its parts lie by turns', ['a', 'b'], 1],
  ])('is copied where %s', async (_, parts, axis) => {
    const net = createOpNetwork(3);
    net.input('x', [4, 8]);
    net.add('relu', 'a', ['x']);
    net.add('tanh', 'b', ['x'], {}, quantization());
    if (axis === 1) net.add('quantize', 'c', ['b']);
    net.add('concat', 'y', axis === 1 ? ['a', 'c'] : parts, { axis });
    const graph = net.graph(['y', 'b']);
    const { elided } = plan(graph);
    expect(elided.at(-1)).toBe(false);
    await expectCompiledEqual(graph);
  });

  it('is copied where a part would not start at a multiple of four', () => {
    const net = createOpNetwork(3);
    net.input('x', [6]);
    net.input('z', [6]);
    net.add('concat', 'y', ['x', 'z'], { axis: 0 });
    expect(plan(net.graph(['y'])).elided).toEqual([false]);
  });
});

describe('a split along the first axis that is not 1', () => {
  it('gives pieces of its input', async () => {
    const net = createOpNetwork(4);
    net.input('x', [1, 2, 64]);
    net.add('split', 's', ['x'], { axis: 1, sizes: [1, 1] });
    net.add('add', 'y', ['s:0', 's:1'], { activation: 'none' });
    const graph = net.graph(['y']);
    expect(arenas(graph)).toEqual([256, 128]);
    await expectCompiledEqual(graph);
  });

  it('keeps a piece while another is overwritten', async () => {
    const net = createOpNetwork(5);
    net.input('x', [3, 8]);
    net.add('split', 's', ['x'], { axis: 0, sizes: [1, 1, 1] });
    net.add('tanh', 'a', ['s:1'], {}, quantization());
    net.add('logistic', 'b', ['s:0']);
    const graph = net.graph(['s:2', 'a', 'b']);
    expect(plan(graph).arenaBytes).toBe(24);
    await expectCompiledEqual(graph);
  });
});

describe('a slice of contiguous elements', () => {
  const slice = (net: ReturnType<typeof createOpNetwork>) =>
    net.add('strided_slice', 's', ['x'], { begin: [2, 0], size: [2, 32], strides: [1, 1] });

  it('is a piece of its input', async () => {
    const net = createOpNetwork(6);
    net.input('x', [4, 32]);
    slice(net);
    net.add('relu', 'r', ['s']);
    net.add('concat', 'y', ['x', 'r'], { axis: 0 });
    const graph = net.graph(['y']);
    expect(arenas(graph)).toEqual([384, 192]);
    await expectCompiledEqual(graph);
  });

  it('leaves room for others where the rest of its input was', async () => {
    const net = createOpNetwork(7);
    net.input('x', [4, 32]);
    slice(net);
    net.add('pad', 'p', ['s'], {
      padding: [
        [0, 0],
        [16, 16],
      ],
      mode: 'constant',
      value: 0,
    });
    const graph = net.graph(['p', 's']);
    const { buffers } = plan(graph);
    expect(buffers.map(({ name, bytes, lastLayer }) => [name, bytes, lastLayer])).toEqual([
      ['x', 128, 0],
      ['s', 64, 1],
      ['p', 128, 1],
    ]);
    expect(plan(graph).arenaBytes).toBe(192);
    await expectCompiledEqual(graph);
  });
});

describe('a depthwise convolution', () => {
  const depthwise = (options: { readonly stride?: number; readonly paddingMode?: string } = {}) => {
    const { stride = 1, paddingMode = 'zeros' } = options;
    const net = createOpNetwork(8);
    net.input('x', [1, 8, 8, 4]);
    net.weighted('depthwise_conv2d', 'y', 'x', [1, 3, 3, 4], {
      stride: [stride, stride],
      dilation: [1, 1],
      padding: [1, 1, 1, 1],
      paddingMode,
    });
    return net.graph(['y']);
  };
  const tensorBytes = (graph: Graph) => {
    const { layers, calls } = lowered(graph);
    const { buffers } = findAliases(graph, layers, calls);
    return planMemory(buffers.map(piecesOf)).arenaBytes;
  };

  it('overwrites its input, from three rows before it on', async () => {
    const graph = depthwise();
    expect([arenaWithCopies(graph), tensorBytes(graph)]).toEqual([2 * 256, 256 + 3 * 32]);
    const { tensorOffsets, lowerBoundBytes, arenaBytes } = plan(graph);
    expect((tensorOffsets.get('x') as number) - (tensorOffsets.get('y') as number)).toBe(3 * 32);
    // The row of zeros above and below the image.
    const scratch = 32;
    expect({ lowerBoundBytes, arenaBytes }).toEqual({
      lowerBoundBytes: 256 + 3 * 32 + scratch,
      arenaBytes: 256 + 3 * 32 + scratch,
    });
    await expectCompiledEqual(graph);
  });

  it('with a stride overwrites it from two shorter rows before it on', async () => {
    const graph = depthwise({ stride: 2 });
    expect([arenaWithCopies(graph), tensorBytes(graph)]).toEqual([256 + 64, 256 + 2 * 16]);
    await expectCompiledEqual(graph);
  });

  it('leaves its input where it pads by the image itself', async () => {
    const graph = depthwise({ paddingMode: 'reflect' });
    expect(tensorBytes(graph)).toBe(2 * 256);
    await expectCompiledEqual(graph);
  });

  it('leaves an input that is needed later', async () => {
    const net = createOpNetwork(9);
    net.input('x', [1, 6, 6, 4]);
    net.weighted('depthwise_conv2d', 'y', 'x', [1, 1, 1, 4], {
      stride: [1, 1],
      dilation: [1, 1],
      padding: [0, 0, 0, 0],
    });
    net.add('add', 'sum', ['x', 'y']);
    const graph = net.graph(['sum']);
    expect(tensorBytes(graph)).toBe(2 * 144);
    await expectCompiledEqual(graph);
  });
});

describe('piecesOf', () => {
  const piece = (
    name: string,
    offset: number,
    bytes: number,
    firstLayer: number,
    lastLayer: number,
  ) => ({
    name,
    offset,
    bytes,
    firstLayer,
    lastLayer,
  });

  it('counts what overlaps once', () => {
    expect(piecesOf([piece('in', 12, 40, 0, 2), piece('out', 0, 30, 2, 4)])).toEqual([
      piece('in', 12, 40, 0, 2),
      piece('part of out', 0, 12, 2, 2),
      piece('out', 0, 30, 3, 4),
    ]);
    expect(piecesOf([piece('in', 4, 40, 0, 2), piece('out', 0, 60, 2, 2)])).toEqual([
      piece('out', 0, 60, 2, 2),
      piece('in', 4, 40, 0, 1),
    ]);
    expect(piecesOf([piece('part', 20, 8, 0, 6), piece('whole', 0, 60, 2, 3)])).toEqual([
      piece('whole', 0, 60, 2, 3),
      piece('part', 20, 8, 0, 1),
      piece('part', 20, 8, 4, 6),
    ]);
  });
});

describe('plans of random graphs of copies', () => {
  it('never overwrite what is needed, start at multiples of four and leave all bytes as they are', () => {
    fc.assert(
      fc.property(randomCopies, (graph) => {
        const { layers } = lowered(graph);
        const inputs = randomInputs(graph, createRandom(1));
        const values = createReference(graph)(inputs);
        const { made, outputs } = runInArena(graph, layers, inputs);
        for (const [name, bytes] of made) expect(bytes, name).toEqual(values.get(name));
        expect(outputs).toEqual(graph.outputs.map((name) => values.get(name)));
        for (const offset of plan(graph).tensorOffsets.values()) expect(offset % 4).toBe(0);
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('take no more than with copies, and no less than their lower bound', () => {
    fc.assert(
      fc.property(randomCopies, (graph) => {
        const { arenaBytes, lowerBoundBytes } = plan(graph);
        expect(arenaBytes).toBeLessThanOrEqual(arenaWithCopies(graph));
        expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes);
      }),
      { numRuns: propertyRuns },
    );
  });
});
