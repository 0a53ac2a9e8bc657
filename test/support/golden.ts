// Real models with what TFLM's reference kernels make of their inputs: `<model>/model.tflite`, `inputs.bin`, `outputs.bin`,
// `meta.json`, and where there are any `logits.bin` and `tensors/`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { type CompileOptions, compile } from '../../src/compile/compile.ts';
import { messageOf, WickError } from '../../src/errors.ts';
import { elementCount, type Graph } from '../../src/graph/types.ts';
import { importTflite } from '../../src/import/tflite/import.ts';
import { hasMultiMemory } from '../../src/runtime/external-weights.ts';
import { type LoadedModel, loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { requireDebug, tap } from '../../src/runtime/tap.ts';
import { check, parseJson } from '../../src/schema.ts';
import { fileError } from '../../src/write-files.ts';
import { kernelVariants } from './kernels.ts';

/** The first value that is not as expected, or why there is none to look at. */
export type GoldenDifference = { readonly variant: string; readonly input: number } & (
  | {
      readonly tensor: string;
      readonly index: number;
      readonly expected: number;
      readonly actual: number;
    }
  | { readonly error: string }
);

/** What a model's vectors say of the reference and of each module. */
export interface GoldenReport {
  readonly model: string;
  readonly inputs: number;
  /** How many inputs give equal values everywhere. */
  readonly equal: number;
  /** How many tensors are compared: the outputs of every input, logits, and the intermediate ones of the first input. */
  readonly tensors: number;
  readonly variants: readonly { readonly name: string; readonly equal: number }[];
  readonly firstDifference: GoldenDifference | null;
}

const metaSchema = v.object({
  logits: v.optional(v.nullable(v.object({ file: v.string(), tensor: v.number() }))),
  intermediates_of_input_0: v.optional(
    v.array(v.object({ file: v.string(), tensor: v.number() })),
    [],
  ),
});

/** The values of a tensor, by the name of the tensor, that an input has to give. */
type Expected = ReadonlyMap<string, Int8Array>;

interface GoldenModel {
  readonly graph: Graph;
  /** The values of the graph's inputs, for each input of the model. */
  readonly inputs: readonly (readonly Int8Array[])[];
  readonly expected: readonly Expected[];
}

/** The folders of models in a folder. Throws a WickError where there are none. */
export function goldenFolders(folder: string): readonly string[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new WickError({ what: 'cannot read models', where: folder, received: messageOf(error) });
  }
  const found = names.filter((name) => existsSync(join(folder, name, 'model.tflite')));
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw new WickError({
    what: 'there are no models',
    where: folder,
    expected: '<model>/model.tflite',
  });
}

/** Runs a model's inputs through the reference and every module, and compares all tensors that its folder has. */
export async function runGolden(folder: string): Promise<GoldenReport> {
  const model = basename(folder);
  try {
    return await compare(model, readGolden(folder));
  } catch (error) {
    if (!(error instanceof WickError)) throw error;
    const firstDifference = { variant: 'import', input: 0, error: error.message };
    return { model, inputs: 0, equal: 0, tensors: 0, variants: [], firstDifference };
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The graph, inputs and expected tensors of a folder. Throws a WickError where a file is missing or does not fit. */
export function readGolden(folder: string): GoldenModel {
  const file = join(folder, 'model.tflite');
  const { graph, tensorNames } = importTflite(read(file), basename(folder), file);
  const metaFile = join(folder, 'meta.json');
  const meta = check(metaSchema, parseJson(read(metaFile), metaFile), metaFile);
  const inputs = readSamples(join(folder, 'inputs.bin'), graph, graph.inputs);
  const outputs = readSamples(join(folder, 'outputs.bin'), graph, graph.outputs, inputs.length);
  const expected = outputs.map(
    (values) => new Map(graph.outputs.map((name, i) => [name, values[i] as Int8Array])),
  );
  // What is known before the model runs is no tensor of the graph.
  const nameOf = (tensor: number) => {
    const name = tensorNames[tensor] ?? '';
    return graph.tensors.has(name) ? name : undefined;
  };
  const { logits } = meta;
  if (logits && existsSync(join(folder, logits.file))) {
    const name = nameOf(logits.tensor);
    if (name === undefined) {
      throw new WickError({ what: 'the logits are no tensor of the graph', where: metaFile });
    }
    const samples = readSamples(join(folder, logits.file), graph, [name], inputs.length);
    samples.forEach(([values], i) => {
      expected[i]?.set(name, values as Int8Array);
    });
  }
  for (const { file: path, tensor } of meta.intermediates_of_input_0) {
    const name = nameOf(tensor);
    if (name === undefined || !existsSync(join(folder, path))) continue;
    const [values] = readSamples(join(folder, path), graph, [name], 1);
    expected[0]?.set(name, values?.[0] as Int8Array);
  }
  return { graph, inputs, expected };
}

/** The int8 values of these tensors, sample after sample. Throws a WickError where a file holds no whole number of them. */
function readSamples(
  path: string,
  graph: Graph,
  names: readonly string[],
  count?: number,
): readonly (readonly Int8Array[])[] {
  const bytes = read(path);
  const lengths = names.map((name) => elementCount(graph.tensors.get(name)?.shape ?? []));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const samples = bytes.length / total;
  if (!Number.isInteger(samples) || samples === 0 || samples !== (count ?? samples)) {
    throw new WickError({
      what: 'file has the wrong size',
      where: path,
      expected: `${count ?? 'some'} samples of ${total} bytes`,
      received: `${bytes.length} bytes`,
    });
  }
  return Array.from({ length: samples }, (_, sample) => {
    let next = sample * total;
    return lengths.map((length) => {
      next += length;
      return Int8Array.from(bytes.subarray(next - length, next), (byte) => (byte << 24) >> 24);
    });
  });
}

/** Tensors of one inference, which is the first, by their names: every activation, or the outputs. */
type Run = (inputs: readonly Int8Array[]) => Expected;

async function compare(model: string, golden: GoldenModel): Promise<GoldenReport> {
  const { graph, inputs, expected } = golden;
  const runs = [{ name: 'reference', run: referenceRun(graph) }];
  for (const kernels of kernelVariants) {
    runs.push({ name: kernels.name, run: await moduleRun(graph, kernels) });
  }
  for (const { name, options } of bindings) {
    runs.push({ name, run: await boundRun(graph, options) });
  }
  const differences: GoldenDifference[] = [];
  const wrong = new Set<number>();
  const variants = runs.map(({ name, run }) => {
    let equal = 0;
    inputs.forEach((values, input) => {
      const difference = findDifference(run(values), expected[input] as Expected);
      if (difference === undefined) {
        equal++;
        return;
      }
      wrong.add(input);
      differences.push({ variant: name, input, ...difference });
    });
    return { name, equal };
  });
  return {
    model,
    inputs: inputs.length,
    equal: inputs.length - wrong.size,
    tensors: expected.reduce((sum, tensors) => sum + tensors.size, 0),
    variants,
    firstDifference: differences[0] ?? null,
  };
}

/** In the order of the graph, so that the first difference is where an error begins. */
function findDifference(actual: Expected, expected: Expected) {
  for (const [tensor, values] of actual) {
    const wanted = expected.get(tensor);
    const index = wanted?.findIndex((value, i) => value !== values[i]) ?? -1;
    if (wanted === undefined || index < 0) continue;
    return {
      tensor,
      index,
      expected: wanted[index] as number,
      actual: values[index] as number,
    };
  }
  return undefined;
}

function referenceRun(graph: Graph): Run {
  const reference = createReference(graph);
  return (inputs) => {
    reference.reset();
    return reference(inputs) as Expected;
  };
}

/**
 * Every tensor by the kernels of a debug build, which has all nodes of the graph; outputs then by the modules that ship, in
 * which nodes are folded and tensors share memory.
 */
async function moduleRun(
  graph: Graph,
  { variant, optimize }: (typeof kernelVariants)[number],
): Promise<Run> {
  const module = variant === 'simd' ? 'simdWasm' : 'wasm';
  const debug = requireDebug(
    await loadModel(compile(graph, { optimize, debug: true })[module], graph.name),
    graph.name,
  );
  const outputs = outputsOf(graph, await loadModel(compile(graph, { optimize })[module]));
  return (inputs) => {
    const tensors = tap(debug, inputs.map(bytesOf));
    const values = tensors.map(
      ({ tensor: { name }, bytes }) => [name, new Int8Array(bytes.buffer)] as const,
    );
    return new Map([...values, ...outputs(inputs)]);
  };
}

/** The outputs of the scalar module with its weights elsewhere. */
async function boundRun(graph: Graph, options: CompileOptions): Promise<Run> {
  const { wasm, weights } = compile(graph, options);
  return outputsOf(graph, await loadModel(wasm, graph.name, weights));
}

function outputsOf(graph: Graph, model: LoadedModel): Run {
  return (inputs) => {
    model.reset();
    const outputs = model.infer(inputs) as Int8Array[];
    return new Map(graph.outputs.map((name, i) => [name, outputs[i] as Int8Array]));
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The bindings of weights that this engine can run, but for `embedded`. */
const bindings: readonly { readonly name: string; readonly options: CompileOptions }[] = [
  { name: 'scalar, weights streamed', options: { weights: 'stream', windowBytes: 1024 } },
  ...(hasMultiMemory()
    ? [{ name: 'scalar, weights in place', options: { weights: 'xip' } } as const]
    : []),
];

/** What a report lists, in this order. */
export const goldenVariants: readonly string[] = [
  'reference',
  ...kernelVariants.map(({ name }) => name),
  ...bindings.map(({ name }) => name),
];
