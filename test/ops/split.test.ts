import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { elementCount, type Graph, type Tensor } from '../../src/graph/types.ts';
import { concat } from '../../src/ops/concat.ts';
import type { NodeContext } from '../../src/ops/op.ts';
import { split } from '../../src/ops/split.ts';
import { quantizeGraph } from '../../src/quantize/quantize.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { check } from '../../src/schema.ts';
import { createNetwork, observeRanges, runFloat } from '../support/networks.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import { expectEverywhere, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const quantization = { scale: 0.25, zeroPoint: -7 };

/** A split of one tensor into outputs y0, y1, ... */
function splitOf(shape: readonly number[], axis: number, sizes: readonly number[]) {
  const { scale, zeroPoint } = quantization;
  const inputs = [int8Tensor('x', shape, scale, zeroPoint)];
  const context = { name: 'n', op: 'split', attributes: { axis, sizes }, inputs };
  const outputs = split
    .inferShapes(context)
    .map((output, i) => int8Tensor(`y${i}`, output, scale, zeroPoint));
  return { ...context, outputs } satisfies NodeContext<{ axis: number; sizes: readonly number[] }>;
}

const lengthsOf = (outputs: readonly Tensor[]) => outputs.map(({ shape }) => elementCount(shape));

const anyCase = fc
  .record({
    before: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 10 }),
    after: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
  })
  .chain(({ before, sizes, after }) => {
    const extent = sizes.reduce((sum, size) => sum + size, 0);
    const shape = [...before, extent, ...after];
    return values(int8, elementCount(shape)).map((data) => ({
      shape,
      axis: before.length,
      sizes,
      data,
    }));
  });

describe('split', () => {
  it('gives each output its part of every row', () => {
    const context = splitOf([2, 3], 1, [1, 2]);
    expect(context.outputs.map(({ shape }) => shape)).toEqual([
      [2, 1],
      [2, 2],
    ]);
    const parameters = split.prepare(context);
    const outputs = split.reference(parameters, [Int8Array.of(1, 2, 3, 4, 5, 6)]);
    expect(outputs).toEqual(Int8Array.of(...[1, 4], ...[2, 3, 5, 6]));
  });

  it('gives the same bytes in every kernel variant as in the reference, and those of the float op', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, axis, sizes, data }) => {
        const context = splitOf(shape, axis, sizes);
        const parameters = split.prepare(context);
        const expected = split.reference(parameters, [data]);
        expectKernels(split, parameters, [data], expected, lengthsOf(context.outputs));
        expectNearFloat(split, context, [data], 0);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('is undone by concat', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, axis, sizes, data }) => {
        const context = splitOf(shape, axis, sizes);
        const outputs = split.reference(split.prepare(context), [data]);
        let next = 0;
        const parts = lengthsOf(context.outputs).map((length) => {
          next += length;
          return outputs.subarray(next - length, next);
        });
        const joined = concat.prepare(nodeOf(concat, { axis }, context.outputs, quantization));
        expectEverywhere(concat, joined, parts, data);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('costs nothing where there is one output', () => {
    const context = splitOf([2, 3], 1, [3]);
    expect(split.lower(split.prepare(context), 'scalar', 'size')).toBeNull();
  });

  it.each([
    [[1, 4, 3, 6], 3, [2, 1, 3]],
    [[1, 4, 3, 6], 1, [2, 2]],
    [[10, 3], 0, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    [[7], 0, [7]],
  ])(
    'gives the same bytes when its shape %j is folded into the kernel',
    async (shape, axis, sizes) => {
      await expectCompiledEqual(nodeGraph(splitOf(shape, axis, sizes)));
    },
  );

  it('refuses an axis that is not there, sizes that do not add up and too many outputs', () => {
    expect(thrownMessage(() => splitOf([2, 3], 2, [1, 2]))).toBe(
      "node 'n' (split): input has no such axis: expected 0 to 1 for an input of 2x3, received 2",
    );
    expect(thrownMessage(() => splitOf([2, 3], 1, [1, 1]))).toBe(
      "node 'n' (split): sizes do not add up to the input's along axis 1: expected 3 for an input of 2x3, received 2 (1 + 1)",
    );
    const eleven = { axis: 0, sizes: new Array(11).fill(1) };
    expect(thrownMessage(() => check(split.attributes, eleven, 'here'))).toContain("here, 'sizes'");
    expect(thrownMessage(() => check(split.attributes, { axis: 0, sizes: [] }, 'here'))).toContain(
      "here, 'sizes'",
    );
  });
});

/** conv → split of its channels → ReLU of one part, the other part as it is, a third that nobody reads → concat. */
function branching(outputs: readonly string[]): Graph {
  const net = createNetwork(1, [1, 5, 5, 2]);
  const graph = net.graph([net.conv2d('conv', 'x', { channels: 8 })]);
  const tensors = new Map(graph.tensors);
  const add = (name: string, channels: number) =>
    tensors.set(name, { name, shape: [1, 3, 3, channels], dtype: 'float32' });
  add('left', 3);
  add('middle', 1);
  add('right', 4);
  add('rest', 4);
  add('joined', 7);
  const parts = ['left', 'middle', 'right'];
  const nodes = [
    ...graph.nodes,
    {
      ...{ name: 'split', op: 'split', inputs: ['conv'], outputs: parts },
      attributes: { axis: 3, sizes: [3, 1, 4] },
    },
    { name: 'rest', op: 'relu', inputs: ['right'], outputs: ['rest'], attributes: {} },
    {
      ...{ name: 'joined', op: 'concat', inputs: ['left', 'right'], outputs: ['joined'] },
      attributes: { axis: 3 },
    },
  ];
  const float = { ...graph, tensors, nodes, outputs };
  return quantizeGraph(float, observeRanges(float));
}

describe('a graph with a split', () => {
  it('has every part in its reference, float and int8, with the quantization of what was split', () => {
    const graph = branching(['joined', 'rest', 'middle']);
    const of = (name: string) => graph.tensors.get(name) as Tensor;
    for (const part of ['left', 'middle', 'right']) {
      expect(of(part).quantization).toEqual(of('conv').quantization);
    }
    const seen = createReference(graph)([new Int8Array(50).map((_, i) => 37 * i)]);
    const conv = [...(seen.get('conv') as Int8Array)];
    const channels = (first: number, end: number) =>
      Int8Array.from(conv.filter((_, i) => i % 8 >= first && i % 8 < end));
    expect(seen.get('left')).toEqual(channels(0, 3));
    expect(seen.get('middle')).toEqual(channels(3, 4));
    expect(seen.get('right')).toEqual(channels(4, 8));
  });

  it('gives the same bytes when compiled, whichever parts are outputs or read by nobody', async () => {
    await expectCompiledEqual(branching(['joined', 'rest', 'middle']));
    await expectCompiledEqual(branching(['joined']));
    await expectCompiledEqual(branching(['right', 'rest']));
  });

  it('keeps every part while another is in use', () => {
    const { tensorOffsets, description } = compile(branching(['joined', 'rest', 'middle']));
    const layer = description.layers.findIndex(({ op }) => op === 'split');
    const alive = description.buffers
      .filter(({ firstLayer, lastLayer }) => firstLayer <= layer && layer <= lastLayer)
      .map(({ name }) => name.split(' = ')[0]);
    expect(alive).toEqual(expect.arrayContaining(['left', 'middle', 'right']));
    const places = ['left', 'middle', 'right'].map((name) => tensorOffsets.get(name));
    expect(new Set(places).size).toBe(3);
  });

  it('is run by the float references', () => {
    const context = splitOf([1, 4], 1, [1, 3]);
    const tensors = [...context.inputs, ...context.outputs].map(
      ({ name, shape }): [string, Tensor] => [name, { name, shape, dtype: 'float32' }],
    );
    const graph = { ...nodeGraph(context), tensors: new Map(tensors) };
    const seen = runFloat(graph, [Float32Array.of(1, 2, 3, 4)]);
    expect(seen.get('y0')).toEqual(Float32Array.of(1));
    expect(seen.get('y1')).toEqual(Float32Array.of(2, 3, 4));
  });
});
