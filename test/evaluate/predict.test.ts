import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { classesOf, inferAll } from '../../src/evaluate/predict.ts';
import type { ActivationData } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { samplesAsInput } from '../../src/runtime/input.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { fakeModel, port } from '../support/fake-model.ts';
import { smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';
import { tinyDataset } from '../support/tiny-project.ts';

const samples = {
  data: Uint8Array.of(0, 1, 2, 3, 128, 129, 130, 255),
  shape: [2, 2, 1],
  scale: Math.fround(1 / 255),
  zeroPoint: 0,
  labels: Uint8Array.of(0, 1),
  count: 2,
};

describe('inferAll', () => {
  it('gives the outputs of every sample, one sample after another', () => {
    const outputs = [port({ shape: [1, 3] })];
    const model = fakeModel({ outputs, answer: (input) => [1, ...input.subarray(2)] });
    expect([...inferAll(model, samples, 'x')]).toEqual([1, -126, -125, 1, 2, 127]);
  });

  it('gives what a compiled module gives', async () => {
    const model = await loadModel(compile(smallClassifier(3)).simdWasm);
    const all = inferAll(model, tinyDataset.test, 'small');
    const [first] = model.description.inputs;
    const input = samplesAsInput(tinyDataset.test, first ?? port(), 'small');
    expect(all).toHaveLength(5 * tinyDataset.test.count);
    for (const index of [0, 31, 59]) {
      expect(all.slice(5 * index, 5 * index + 5)).toEqual(model.infer([input(index)])[0]);
    }
  });

  it('makes every sample the first of a stateful model, so that their order does not matter', async () => {
    const model = await loadModel(compile(statefulClassifier(3)).simdWasm);
    const random = createRandom(5);
    const count = 9;
    const data = Int8Array.from({ length: 6 * count }, () => random.integer(256) - 128);
    const labels = new Uint8Array(count);
    const forwards = { data, shape: [6], scale: 0.05, zeroPoint: 4, labels, count };
    const backwards = {
      ...forwards,
      data: data.map((_, i) => data[6 * (count - 1 - Math.floor(i / 6)) + (i % 6)] as number),
    };
    const outputs = inferAll(model, forwards, 'x');
    const reversed = inferAll(model, backwards, 'x');
    const at = (all: ActivationData, sample: number) => [
      ...all.subarray(5 * sample, 5 * sample + 5),
    ];
    for (let sample = 0; sample < count; sample++) {
      expect(at(reversed, count - 1 - sample)).toEqual(at(outputs, sample));
    }
  });

  it('refuses samples that do not fit together', () => {
    const model = fakeModel({ answer: () => [0] });
    const data = samples.data.subarray(1);
    expect(() => inferAll(model, { ...samples, data }, 'model.wasm')).toThrow(
      'model.wasm: the values do not fill the samples: ',
    );
  });

  it('refuses samples of another shape', () => {
    const model = fakeModel({ inputs: [port({ shape: [1, 2, 3, 1] })], answer: () => [0] });
    expect(() => inferAll(model, samples, 'model.wasm')).toThrow(
      "model.wasm: samples do not fit the model: expected 1x2x3x1 for input 'port', received 1x2x2x1",
    );
  });

  it.each([
    [2, 1],
    [1, 2],
    [1, 0],
    [0, 1],
  ])('refuses a model of %i inputs and %i outputs', (inputs, outputs) => {
    const ports = (count: number) => Array.from({ length: count }, () => port());
    const model = fakeModel({ inputs: ports(inputs), outputs: ports(outputs), answer: () => [0] });
    expect(() => inferAll(model, samples, 'model.wasm')).toThrow(
      `model.wasm: model is no classifier of single inputs: expected 1 input and 1 output, received ${inputs} inputs and ${outputs} outputs`,
    );
  });
});

describe('classesOf', () => {
  it('gives the index of the greatest output of each sample', () => {
    expect([...classesOf(Int8Array.of(-5, 3, -128, 7, 7, 6), 2)]).toEqual([1, 0]);
    expect([...classesOf(Float32Array.of(0.25, -1, 0.5), 1)]).toEqual([2]);
    expect([...classesOf(new Int8Array(0), 0)]).toEqual([]);
  });

  it('knows every class that a byte can name, and refuses more', () => {
    const last = (classes: number) => new Int8Array(classes).fill(1, classes - 1);
    expect([...classesOf(last(256), 1)]).toEqual([255]);
    expect(() => classesOf(last(257), 1)).toThrow(
      'model has too many classes: expected at most 256, received 257',
    );
  });
});
