import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledModel, compile } from '../../src/compile/compile.ts';
import type { Samples } from '../../src/data/dataset.ts';
import { selectIndices, subset } from '../../src/data/select.ts';
import { inferAll } from '../../src/evaluate/predict.ts';
import { verify } from '../../src/evaluate/verify.ts';
import { createRandom } from '../../src/random.ts';
import { type LoadedModel, loadModel } from '../../src/runtime/model.ts';
import { readSections } from '../../src/runtime/sections.ts';
import { smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';

const graph = smallClassifier(1);
const classes = 5;
const dataSection = 11;
const random = createRandom(1);
const samples: Samples = {
  data: Int8Array.from({ length: 250 * 64 }, () => random.integer(256) - 128),
  shape: [8, 8, 1],
  scale: 1 / 127,
  zeroPoint: 0,
  labels: new Uint8Array(250),
  count: 250,
};
let compiled: CompiledModel;
let scalar: LoadedModel;
let simd: LoadedModel;
beforeAll(async () => {
  compiled = compile(graph);
  scalar = await loadModel(compiled.wasm);
  simd = await loadModel(compiled.simdWasm);
});

/** A module in whose data (weights and biases) one byte is changed, at this share of its length. */
function damage(module: Uint8Array, share: number): Promise<LoadedModel> {
  const data = readSections(module, '').find(({ id }) => id === dataSection)?.content;
  const copy = Buffer.from(module);
  const at = copy.indexOf(data ?? '') + Math.floor(share * (data?.length ?? 0));
  copy.writeUInt8(copy.readUInt8(at) ^ 0x80, at);
  return loadModel(copy);
}

/** The first place at which two models differ, as an error names it, among the samples at these indices. */
function firstDifference(expected: LoadedModel, actual: LoadedModel, indices: readonly number[]) {
  const [good, bad] = [inferAll(expected, samples, ''), inferAll(actual, samples, '')];
  for (const sample of indices) {
    for (let output = 0; output < classes; output++) {
      const at = sample * classes + output;
      if (good[at] !== bad[at]) {
        return `sample ${sample}: output ${output} differs: expected ${good[at]}, received ${bad[at]}; `;
      }
    }
  }
  throw new Error('the models do not differ');
}

const all = Array.from({ length: samples.count }, (_, index) => index);

describe('verify', () => {
  it('makes every sample the first of a stateful model', async () => {
    const stateful = statefulClassifier(3);
    const built = compile(stateful);
    const few = {
      data: samples.data.subarray(0, 6 * 20),
      shape: [6],
      scale: 0.05,
      zeroPoint: 4,
      labels: new Uint8Array(20),
      count: 20,
    };
    const [one, other] = [await loadModel(built.wasm), await loadModel(built.simdWasm)];
    // An inference before does not show.
    one.infer([new Int8Array(6).fill(100)]);
    expect(verify(stateful, one, other, few, 1)).toEqual({ samples: 20, referenceSamples: 20 });
  });

  it('runs every sample in both modules and 200 of them in the reference', () => {
    expect(verify(graph, scalar, simd, samples, 1)).toEqual({
      samples: 250,
      referenceSamples: 200,
    });
  });

  it.each([0.05, 0.5, 0.8])(
    'refuses modules that differ in one byte of their weights, at %d of them',
    async (share) => {
      const damaged = await damage(compiled.simdWasm, share);
      expect(() => verify(graph, scalar, damaged, samples, 1)).toThrow(
        `model.simd.wasm, ${firstDifference(scalar, damaged, all)}`,
      );
    },
  );

  it('refuses modules that agree with each other but not with the reference', async () => {
    const damaged = await damage(compiled.wasm, 0.5);
    const chosen = selectIndices(samples.count, 200, 1);
    expect(() => verify(graph, damaged, damaged, samples, 1)).toThrow(
      `model.wasm, ${firstDifference(scalar, damaged, chosen)}`,
    );
  });

  it('refuses to prove something with no samples, or with such as do not fit together', () => {
    expect(() => verify(graph, scalar, simd, subset(samples, []), 1)).toThrow(
      `${graph.name}: nothing to verify with: expected at least one sample, received none`,
    );
    const short = { ...samples, data: samples.data.subarray(1) };
    expect(() => verify(graph, scalar, simd, short, 1)).toThrow(
      `samples for '${graph.name}': the values do not fill the samples: `,
    );
  });

  it('verifies a build with float32 inputs and outputs against its int8 graph', async () => {
    const types = { inputType: 'float32', outputType: 'float32' } as const;
    const { wasm, simdWasm } = compile(graph, types);
    const [one, other] = [await loadModel(wasm), await loadModel(simdWasm)];
    expect(one.infer([new Float32Array(64)])[0]).toBeInstanceOf(Float32Array);
    expect(verify(graph, one, other, samples, 1)).toEqual(verify(graph, scalar, simd, samples, 1));
    const wrong: LoadedModel = {
      ...one,
      infer: (inputs) => one.infer(inputs).map((output) => output.map((value) => value + 1)),
    };
    expect(() => verify(graph, wrong, wrong, samples, 1)).toThrow('model.wasm, sample');
  });

  it('asks for a report: the fault is not the input', async () => {
    const damaged = await damage(compiled.wasm, 0.5);
    expect(() => verify(graph, scalar, damaged, samples, 1)).toThrow(
      '; this is a bug in wick: please report it with the model',
    );
  });

  it('names a sample by its place among all, though the reference runs some of them', () => {
    const sample = selectIndices(samples.count, 200, 1).at(-1) as number;
    expect(sample).toBeGreaterThan(200);
    let calls = 0;
    const other: LoadedModel = {
      ...scalar,
      infer(inputs) {
        const [outputs = new Int8Array(0)] = scalar.infer(inputs);
        if (calls++ % samples.count === sample) outputs[3] = ~(outputs[3] as number);
        return [outputs];
      },
    };
    expect(() => verify(graph, other, other, samples, 1)).toThrow(
      `model.wasm, sample ${sample}: output 3 differs`,
    );
  });
});
