import { describe, expect, it } from 'vitest';
import { compileForTraining } from '../../../src/train/engine/compile.ts';
import type { Place, Step } from '../../../src/train/engine/plan.ts';
import { conv2d, dense, flatten, maxPool2d, relu } from '../../../src/train/layers.ts';
import { smallGraph, variedLayers } from '../networks.ts';

const layers = [
  conv2d({ outChannels: 5, kernelSize: 3 }),
  relu(),
  maxPool2d({ kernelSize: 2 }),
  flatten(),
  dense({ units: 4 }),
];
const batchSize = 8;
const compile = (description = layers as typeof variedLayers, training = true) =>
  compileForTraining(smallGraph(description), { batchSize, training, everyTensor: false });

const kernelsOf = (steps: readonly Step[]) => steps.map(({ kernel }) => kernel);

describe('a training plan', () => {
  it('takes each image through convolution, pool and relu, then the batch through the dense layer', () => {
    const { runs } = compile();
    expect(runs.map(({ scope, forward }) => [scope, kernelsOf(forward)])).toEqual([
      ['image', ['conv2dForward', 'maxPool2dForward', 'reluForward']],
      ['batch', ['denseForward']],
    ]);
  });

  it('goes back in the opposite order, without a gradient of the input', () => {
    const { runs } = compile();
    expect(runs.map(({ backward }) => kernelsOf(backward))).toEqual([
      ['reluBackward', 'maxPool2dBackward', 'conv2dWeightGradient', 'conv2dBiasGradient'],
      ['denseWeightGradient', 'denseBiasGradient', 'denseInputGradient'],
    ]);
  });

  it('keeps the output of a convolution before a pool for one image only', () => {
    const { values } = compile();
    expect(values.get('conv2d_1/output')).toMatchObject({ area: 'scratch', imageBytes: 0 });
    expect(values.get('maxPool2d_3/output')).toMatchObject({
      area: 'activations',
      imageBytes: 2 * 2 * 5 * 4,
    });
  });

  it('gives relu and reshape no memory of their own', () => {
    const { values } = compile();
    expect(values.get('flatten_4/output')).toEqual(values.get('maxPool2d_3/output'));
    expect(values.get('maxPool2d_3/output/before_clamp')).toEqual(values.get('maxPool2d_3/output'));
  });

  it.each([
    ['layers in a row', layers],
    ['every kind of layer', variedLayers],
  ])('never lets the places of two buffers overlap (%s)', (_, description) => {
    const plan = compile(description);
    const starts = new Map<string, Place>();
    for (const step of plan.runs.flatMap(({ forward }) => forward)) {
      for (const argument of step.arguments) {
        if (typeof argument === 'object')
          starts.set(`${argument.area} ${argument.offset}`, argument);
      }
    }
    const places = [...starts.values()];
    for (const area of ['parameters', 'activations', 'scratch'] as const) {
      const inArea = places
        .filter((place) => place.area === area)
        .sort((a, b) => a.offset - b.offset);
      inArea.forEach((place, i) => {
        const end = place.offset + batchSize * place.imageBytes;
        expect(end).toBeLessThanOrEqual(inArea[i + 1]?.offset ?? plan.areaBytes[area]);
        expect(place.offset % 16).toBe(0);
      });
    }
  });

  it('has neither gradients nor a backward pass where it is only for evaluation', () => {
    const plan = compile(layers, false);
    expect(plan.areaBytes.gradients).toBe(0);
    expect(plan.runs.every(({ backward }) => backward.length === 0)).toBe(true);
    expect(plan.areaBytes.activations).toBeLessThan(compile().areaBytes.activations);
  });

  it('is plain data that can be sent to another thread', () => {
    const plan = compile();
    expect(structuredClone(plan)).toEqual(plan);
  });
});
