import type { TensorDescription } from '../compile/description.ts';
import { messageOf, type Problem, WickError } from '../errors.ts';
import { writeFiles } from '../write-files.ts';
import type { LoadedModel } from './model.ts';

/** A model that can be run layer by layer: one of a debug build. */
export interface DebugModel extends LoadedModel {
  readonly debug: NonNullable<LoadedModel['debug']>;
}

/** An activation, and its bytes as the kernels left them: little-endian, row-major. */
export interface TappedTensor {
  readonly tensor: TensorDescription;
  readonly bytes: Uint8Array;
}

/** What was needed for a debug build, and what to do. */
export type DebugAdvice = Pick<Problem, 'expected' | 'received' | 'hint'>;

/** What to do where there is nothing but a module. */
export const compileForDebug: DebugAdvice = {
  hint: "compile it with 'wick compile --debug', or name a build folder that holds the int8 graph",
};

/** The model, if it is of a debug build. Throws a WickError that says how to come by one, where it is not. */
export function requireDebug(
  model: LoadedModel,
  where: string,
  advice: DebugAdvice = compileForDebug,
): DebugModel {
  if (isDebug(model)) return model;
  throw new WickError({
    what: 'module has no run_layer, so that its layers cannot be told apart',
    where,
    ...advice,
  });
}

/** Whether a model is of a debug build. */
export function isDebug(model: LoadedModel): model is DebugModel {
  return model.debug !== undefined;
}

/**
 * Runs one inference layer by layer, of a stateful model the first: `visit` is given each layer, and runs it by the
 * function that it is given. Throws a WickError where the inputs have the wrong length, or a layer traps.
 */
export function stepThrough(
  model: DebugModel,
  inputs: readonly Uint8Array[],
  visit: (layer: number, run: () => void) => void,
): void {
  const { name } = model.description;
  const ports = model.debug.tensors.filter(({ layer }) => layer === null);
  const wanted = ports.map(({ bytes }) => bytes);
  if (inputs.length !== wanted.length || inputs.some(({ length }, i) => length !== wanted[i])) {
    throw new WickError({
      what: 'inputs do not fit the model',
      where: name,
      expected: `${wanted.join(' and ')} bytes`,
      received: inputs.map(({ length }) => length).join(' and ') || 'none',
    });
  }
  model.reset();
  ports.forEach(({ address }, index) => {
    new Uint8Array(model.exports.memory.buffer).set(inputs[index] as Uint8Array, address);
  });
  model.debug.layers.forEach((_, layer) => {
    visit(layer, () => runLayer(model, layer));
  });
}

function runLayer({ exports, description }: DebugModel, layer: number): void {
  const where = `${description.name}, layer ${layer}`;
  let status: number | undefined;
  try {
    status = exports.run_layer?.(layer);
  } catch (error) {
    if (error instanceof WickError) throw error;
    throw new WickError({ what: "'run_layer' trapped", where, received: messageOf(error) });
  }
  if (status !== 0) throw new WickError({ what: `layer failed with status ${status}`, where });
}

/**
 * Every activation of one inference, of a stateful model the first: the inputs, then the outputs of each layer, read right
 * after the layer has run, before another takes their memory. Throws a WickError where the inputs do not fit.
 */
export function tap(model: DebugModel, inputs: readonly Uint8Array[]): readonly TappedTensor[] {
  const { tensors } = model.debug;
  const read = (tensor: TensorDescription): TappedTensor => ({
    tensor,
    bytes: new Uint8Array(model.exports.memory.buffer, tensor.address, tensor.bytes).slice(),
  });
  const tapped: TappedTensor[] = tensors
    .filter(({ layer }) => layer === null)
    .map((tensor, index) => ({ tensor, bytes: (inputs[index] ?? new Uint8Array(0)).slice() }));
  stepThrough(model, inputs, (layer, run) => {
    run();
    for (const tensor of tensors) if (tensor.layer === layer) tapped.push(read(tensor));
  });
  return tapped;
}

/**
 * Writes tapped tensors into a folder: a raw file for each, numbered in their order, and `index.json` that says what they
 * are. Throws a WickError where the system refuses.
 */
export async function writeTap(
  directory: string,
  { description, debug }: DebugModel,
  tensors: readonly TappedTensor[],
): Promise<void> {
  const digits = String(tensors.length - 1).length;
  const files = tensors.map(({ tensor, bytes }, index) => {
    const plain = tensor.name.replaceAll(/[^\w.-]+/g, '_').slice(0, 80);
    return { file: `${String(index).padStart(digits, '0')}-${plain}.bin`, tensor, bytes };
  });
  const index = {
    model: description.name,
    variant: debug.variant,
    weightsSha256: description.weightsSha256,
    tensors: files.map(({ file, tensor: { address: _, layer, ...rest } }) => {
      const { name, op } = (layer === null ? undefined : debug.layers[layer]) ?? {};
      return { file, ...rest, layer: name ?? null, op: op ?? null };
    }),
  };
  await writeFiles(
    directory,
    new Map<string, Uint8Array | string>([
      ...files.map(({ file, bytes }) => [file, bytes] as const),
      ['index.json', `${JSON.stringify(index, null, 2)}\n`],
    ]),
  );
}
