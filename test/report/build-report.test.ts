import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifact } from '../../src/build-folder.ts';
import type { Samples } from '../../src/data/dataset.ts';
import { sampleAt } from '../../src/data/select.ts';
import { evaluate, type ModelEvaluation } from '../../src/evaluate/evaluate.ts';
import { type Evaluation, evaluatePredictions } from '../../src/evaluate/metrics.ts';
import { openModel } from '../../src/evaluate/open.ts';
import { report } from '../../src/report/build-report.ts';
import { type ReportInput, renderReport } from '../../src/report/report.ts';
import { compileStep } from '../../src/steps.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyDataset } from '../support/tiny-project.ts';

vi.mock(import('../../src/report/report.ts'), { spy: true });

const folder = await temporaryFolder();
const build = join(folder, 'build');
const samples = tinyDataset.test;

let built: Awaited<ReturnType<typeof buildTiny>>;
let evaluation: ModelEvaluation;
beforeAll(async () => {
  built = await buildTiny(build);
  evaluation = evaluate(await openModel(build), samples);
});
beforeEach(() => vi.clearAllMocks());

/** What the page was drawn from. */
const drawn = () => vi.mocked(renderReport).mock.lastCall?.[0] as ReportInput;

const disagreements = () => drawn().float?.disagreements ?? [];

/** The evaluation with the int8 model's first `count` answers changed. */
function disagreeing(count: number): ModelEvaluation {
  const { classes, float } = { classes: 3, float: evaluation.float as Evaluation };
  const predictions = float.predictions.map((answer, index) =>
    index < count ? (answer + 1) % classes : answer,
  );
  return { ...evaluation, int8: evaluatePredictions(predictions, samples.labels, classes) };
}

describe('report', () => {
  it('evaluates and times what the folder holds, and writes the page there', async () => {
    const path = await report(build, samples);
    expect(path).toBe(artifact(build, 'report'));
    expect(await readFile(path, 'utf8')).toBe(await vi.mocked(renderReport).mock.results[0]?.value);
    expect(drawn()).toMatchObject({
      description: built.compiled.description,
      history: built.history,
      float: { evaluation: evaluation.float, weightsBytes: 4 * 151 },
      int8: evaluation.int8,
    });
    expect(drawn().microsecondsPerInference).toBeGreaterThan(0);
    expect(drawn().profile).toMatchObject({ name: 'bands', variant: 'simd' });
  });

  it('takes an evaluation and a time that are known already', async () => {
    const known = { evaluation: disagreeing(1), microsecondsPerInference: 12.5 };
    await report(build, samples, known);
    const { float, int8 } = known.evaluation;
    expect(drawn()).toMatchObject({
      float: { evaluation: float },
      int8,
      microsecondsPerInference: 12.5,
    });
  });

  it('shows the samples that float and int8 answer differently, at most 24', async () => {
    await report(build, samples, { evaluation: disagreeing(2) });
    const { predictions } = evaluation.float as Evaluation;
    expect(disagreements()).toEqual(
      [0, 1].map((index) => ({
        index,
        label: samples.labels[index],
        floatAnswer: predictions[index],
        int8Answer: ((predictions[index] as number) + 1) % 3,
        pixels: sampleAt(samples, index),
        shape: [8, 8, 1],
      })),
    );
    await report(build, samples, { evaluation: disagreeing(40) });
    expect(disagreements()).toHaveLength(24);
  });

  it('stretches values that are no bytes from black to white', async () => {
    const values = Float32Array.from(samples.data, (value) => value / 2 - 100);
    const real: Samples = { ...samples, data: values };
    await report(build, real, { evaluation: disagreeing(1) });
    const [shown] = disagreements();
    const first = sampleAt(samples, 0);
    const [least, most] = [Math.min(...first), Math.max(...first)];
    expect(shown?.pixels).toHaveLength(64);
    shown?.pixels.forEach((pixel, index) => {
      const exact = (255 * ((first[index] as number) - least)) / (most - least);
      expect(Math.abs(pixel - exact)).toBeLessThanOrEqual(1);
    });

    const flat: Samples = { ...samples, data: new Float32Array(samples.data.length).fill(3) };
    await report(build, flat, { evaluation: disagreeing(1) });
    expect(disagreements()[0]?.pixels).toEqual(new Uint8Array(64));
  });

  it('does without the record of the training', async () => {
    const copy = join(folder, 'imported');
    await cp(build, copy, { recursive: true });
    await rm(artifact(copy, 'history'));
    await report(copy, samples);
    expect(drawn()).not.toHaveProperty('history');
  });

  it('does without the float graph, as in a folder that was only compiled into', async () => {
    const copy = join(folder, 'compiled');
    await compileStep(built.int8, copy, {});
    await report(copy, samples);
    expect(drawn()).toMatchObject({ int8: evaluation.int8 });
    expect(drawn()).not.toHaveProperty('float');
    expect([...(await readFolder(copy)).keys()]).toContain('report.html');
  });

  it('writes to another folder where that is said', async () => {
    const out = join(folder, 'out', 'inside');
    expect(await report(build, samples, { out })).toBe(artifact(out, 'report'));
    expect([...(await readFolder(out)).keys()]).toEqual(['report.html']);
  });

  it.each([
    ['description', 'model.json'],
    ['simdWasm', 'model.simd.wasm'],
  ] as const)('needs the %s', async (file, name) => {
    const copy = join(folder, `without ${file}`);
    await cp(build, copy, { recursive: true });
    await rm(artifact(copy, file));
    await rm(artifact(copy, 'report'), { force: true });
    await expect(report(copy, samples)).rejects.toThrow(
      `${copy}: ${name} is missing; 'wick compile' writes it`,
    );
    await expect(readFile(artifact(copy, 'report'))).rejects.toThrow('ENOENT');
  });
});
