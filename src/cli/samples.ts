import type { Samples } from '../data/dataset.ts';
import { loadDataset, loadSamples, loadUnlabelled } from '../data/load.ts';
import { WickError } from '../errors.ts';
import type { OpenedModel } from '../evaluate/open.ts';
import type { Project } from '../project.ts';
import { findProject } from './load-project.ts';
import { type DataOptions, dataSource } from './options.ts';
import { printWarning } from './output.ts';
import { rangeProblem } from './range.ts';

/** What a command line says about its samples: the files of its own, or else the data that {@link DataOptions} mean. */
export interface SampleOptions extends DataOptions {
  readonly inputs?: string | undefined;
  readonly labels?: string | undefined;
  readonly scale?: number | undefined;
}

/**
 * The labelled samples that a command line means: those of `--inputs` and `--labels`, or else the test set of its data. Int8
 * values of `--inputs` are the models' own. Throws a WickError where one of the two is missing, or models that take them
 * differently are to share them.
 */
export async function loadTestSamples(
  models: readonly Pick<OpenedModel, 'name' | 'input'>[],
  flags: SampleOptions,
): Promise<Samples> {
  const { inputs, labels } = flags;
  if (inputs === undefined && labels === undefined) {
    const { test } = await loadDataset(dataSource(await findProject(flags), flags));
    return { ...test, ...stepOf(flags) };
  }
  if (inputs === undefined || labels === undefined) {
    throw new WickError({
      what: `there is no ${inputs === undefined ? '--inputs' : '--labels'}`,
      expected: 'both --inputs and --labels, or neither',
    });
  }
  const samples = await loadSamples({ images: inputs, labels });
  const isOwn = samples.data instanceof Int8Array && flags.scale === undefined;
  return { ...samples, ...(isOwn ? commonInput(models, inputs) : stepOf(flags)) };
}

/** The samples that set the ranges of activations: those of `--inputs`, or else the training set of a project's data. */
export async function loadCalibration(
  project: Project | undefined,
  flags: SampleOptions,
): Promise<Samples> {
  const samples =
    flags.inputs === undefined
      ? (await loadDataset(dataSource(project, flags))).train
      : await loadUnlabelled(flags.inputs);
  return { ...samples, ...stepOf(flags) };
}

/** Warns of each model whose input cannot hold the samples: it would look like a bad model. */
export function warnOfRanges(
  models: readonly Pick<OpenedModel, 'name' | 'input'>[],
  samples: Pick<Samples, 'data' | 'scale' | 'zeroPoint'>,
): void {
  for (const { name, input } of models) {
    const problem = input && rangeProblem(samples, input);
    if (problem !== undefined) printWarning(`${name}: ${problem}`);
  }
}

function stepOf({ scale }: SampleOptions): Partial<Samples> {
  return scale === undefined ? {} : { scale, zeroPoint: 0 };
}

/** The scale and zero point of int8 inputs, where there are any. */
function commonInput(
  models: readonly Pick<OpenedModel, 'name' | 'input'>[],
  where: string,
): Pick<Samples, 'scale' | 'zeroPoint'> | undefined {
  const inputs = models.flatMap(({ name, input }) =>
    input?.dtype === 'int8' ? [{ name, scale: input.scale, zeroPoint: input.zeroPoint }] : [],
  );
  const [first] = inputs;
  if (first === undefined) return undefined;
  const { scale, zeroPoint } = first;
  const other = inputs.find((input) => input.scale !== scale || input.zeroPoint !== zeroPoint);
  if (other === undefined) return { scale, zeroPoint };
  const describe = (input: typeof first) =>
    `scale ${input.scale} and zero point ${input.zeroPoint} of '${input.name}'`;
  throw new WickError({
    what: 'int8 values mean something else to each of the models',
    where,
    expected: describe(first),
    received: describe(other),
    hint: 'give float32 samples, or say with --scale what a step is worth',
  });
}
