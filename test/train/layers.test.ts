import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveGraph } from '../../src/ops/support/context.ts';
import { check } from '../../src/schema.ts';
import { type Layer, layersSchema } from '../../src/train/layer-schema.ts';
import { buildGraph, conv2d, dense, flatten, maxPool2d, relu } from '../../src/train/layers.ts';
import { presets } from '../../src/train/presets.ts';
import { variedLayers } from './networks.ts';

const build = (layers: readonly Layer[], changes: object = {}) =>
  buildGraph({
    name: 'net',
    inputShape: [6, 7, 2],
    layers,
    labels: ['a', 'b', 'c', 'd'],
    seed: 1,
    ...changes,
  });

const read = (layers: unknown) => check(layersSchema, layers, 'wick.config.ts');

describe('a list of layers', () => {
  it('is what the helper functions make', () => {
    expect(read(variedLayers)).toEqual(variedLayers);
  });

  it('does not accept an unknown layer type, naming it and the known ones', () => {
    expect(() => read([{ type: 'conv3d' }])).toThrow(
      /"conv3d".*conv2d, relu, maxPool2d, flatten, dense/,
    );
  });

  it('does not accept a misspelt key, naming it', () => {
    expect(() => read([{ type: 'dense', units: 3, bais: false }])).toThrow(/bais/);
  });

  it('says which key is missing', () => {
    expect(() => read([{ type: 'conv2d', kernelSize: 3 }])).toThrow(/outChannels/);
  });

  it.each([
    [{ type: 'conv2d', outChannels: 0, kernelSize: 3 }, /outChannels/],
    [{ type: 'conv2d', outChannels: 4, kernelSize: [3] }, /kernelSize.*\[height, width\]/],
    [{ type: 'conv2d', outChannels: 4, kernelSize: 3, padding: -1 }, /padding/],
    [{ type: 'maxPool2d', kernelSize: 1.5 }, /kernelSize/],
  ])('does not accept sizes that make no sense: %j', (layer, message) => {
    expect(() => read([layer])).toThrow(message);
  });

  it('has at least one layer', () => {
    expect(() => read([])).toThrow(/at least one layer/);
  });
});

describe('buildGraph', () => {
  it('makes nodes whose shapes are those that the ops infer', () => {
    const graph = build(variedLayers);
    expect(resolveGraph(graph)).toHaveLength(variedLayers.length);
    expect(graph.tensors.get(graph.outputs[0] as string)?.shape).toEqual([1, 4]);
    expect(graph.labels).toEqual(['a', 'b', 'c', 'd']);
  });

  it('spells out numbers, pairs and defaults in the attributes', () => {
    const graph = build([
      conv2d({ outChannels: 4, kernelSize: [2, 3], padding: [1, 2], groups: 2, dilation: 2 }),
      maxPool2d({ kernelSize: 2 }),
      flatten(),
      dense({ units: 4 }),
    ]);
    expect(graph.nodes.map(({ op, attributes }) => ({ op, attributes }))).toEqual([
      {
        op: 'conv2d',
        attributes: {
          stride: [1, 1],
          dilation: [2, 2],
          padding: [1, 1, 2, 2],
          groups: 2,
          activation: 'none',
        },
      },
      {
        op: 'max_pool2d',
        attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], activation: 'none' },
      },
      { op: 'reshape', attributes: { shape: [1, 3 * 3 * 4] } },
      { op: 'dense', attributes: { activation: 'none' } },
    ]);
    expect(graph.tensors.get('conv2d_1/weights')?.shape).toEqual([4, 2, 3, 1]);
    expect(graph.tensors.get('dense_4/weights')?.shape).toEqual([4, 36]);
  });

  it('draws parameters within 1 / sqrt(fan in), the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (seed) => {
        const layers = [conv2d({ outChannels: 8, kernelSize: 3 }), flatten(), dense({ units: 4 })];
        const graph = build(layers, { seed });
        const fanIn = { conv2d_1: 3 * 3 * 2, dense_3: 4 * 5 * 8 };
        for (const [layer, count] of Object.entries(fanIn)) {
          for (const suffix of ['weights', 'bias']) {
            const values = [...(graph.tensors.get(`${layer}/${suffix}`)?.data ?? [])];
            const largest = Math.max(...values.map(Math.abs));
            expect(largest).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(count)));
            if (values.length > 100) expect(largest).toBeGreaterThan(0.9 / Math.sqrt(count));
          }
        }
        expect(build(layers, { seed })).toEqual(graph);
        expect(build(layers, { seed: seed + 1 })).not.toEqual(graph);
      }),
      { numRuns: 10 },
    );
  });

  it.each<[string, readonly Layer[], RegExp]>([
    [
      'a kernel larger than its input',
      [conv2d({ outChannels: 2, kernelSize: 9 })],
      /conv2d_1.*expected at most 6, received 9/,
    ],
    [
      'a dense layer on an image',
      [relu(), dense({ units: 4 })],
      /dense_2.*received 1x6x7x2.*flatten/,
    ],
    [
      'groups that do not divide the channels',
      [conv2d({ outChannels: 3, kernelSize: 1, groups: 3 })],
      /conv2d_1.*divisor of 2 \(input 1x6x7x2\), received 3/,
    ],
    [
      'outputs that the groups cannot share',
      [conv2d({ outChannels: 3, kernelSize: 1, groups: 2 })],
      /conv2d_1.*multiple of 2, received 3/,
    ],
    [
      'a convolution after flatten',
      [flatten(), conv2d({ outChannels: 2, kernelSize: 1 })],
      /conv2d_2.*received 1x84/,
    ],
    [
      'another number of classes',
      [flatten(), dense({ units: 5 })],
      /'net'.*1x4 \(4 labels\), received 1x5/,
    ],
    [
      'weights beyond all measure',
      [flatten(), dense({ units: 65_536 }), dense({ units: 65_536 }), dense({ units: 4 })],
      /node 'dense_3' \(dense\): tensor 'dense_3\/weights' is too large: expected at most 268435456 bytes, received 17179869184 for 65536x65536 float32; /,
    ],
    [
      'activations beyond all measure',
      [conv2d({ outChannels: 4096, kernelSize: 1, padding: 1024 })],
      /node 'conv2d_1' \(conv2d\): tensor 'conv2d_1\/output' is too large: .*received \d+ for 1x2054x2055x4096 float32; /,
    ],
    [
      'an absurd setting, though no schema has seen it before',
      [flatten(), { type: 'dense', units: 4e9 }],
      /network 'net', 'layers.1.units': value does not fit: expected <=65536, received 4000000000/,
    ],
  ])('does not accept %s', (_, layers, message) => {
    expect(() => build(layers)).toThrow(message);
  });

  it('takes as many classes as a byte can name, and refuses more', () => {
    const network = (classes: number) => () =>
      build([flatten(), dense({ units: classes })], {
        labels: Array.from({ length: classes }, (_, i) => `${i}`),
      });
    expect(network(256)).not.toThrow();
    expect(network(257)).toThrow(
      "network 'net': too many classes: expected at most 256 labels, received 257",
    );
  });

  it('refuses an input that is none or too large', () => {
    const build2 = (inputShape: readonly number[]) => () => build([flatten()], { inputShape });
    expect(build2([6, 0, 2])).toThrow(
      "network 'net', 'inputShape.1': value does not fit: expected >=1, received 0",
    );
    expect(build2([65_536, 65_536, 3])).toThrow("network 'net': tensor 'input' is too large: ");
  });
});

describe.each([...presets])('the preset %s', (_, preset) => {
  it('builds for ten digits of 28x28', () => {
    const labels = [...'0123456789'];
    const graph = build(read(preset.layers), { inputShape: preset.inputShape, labels });
    expect(graph.tensors.get(graph.outputs[0] as string)?.shape).toEqual([1, 10]);
  });
});
