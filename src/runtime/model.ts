import {
  abiVersion,
  type DebugDescription,
  debugDescriptionSchema,
  type ModuleDescription,
  moduleDescriptionSchema,
  type PortDescription,
} from '../compile/description.ts';
import { messageOf, WickError } from '../errors.ts';
import {
  type ActivationData,
  byteLength,
  elementCount,
  type IoType,
  tensorArrays,
} from '../graph/types.ts';
import { check, parseJson } from '../schema.ts';
import { importWeights } from './external-weights.ts';
import { readSections } from './sections.ts';

/**
 * A compiled model, instantiated. One instance runs one inference at a time; a stateful model continues where the last
 * inference left off.
 */
export interface LoadedModel {
  readonly description: ModuleDescription;
  /** Layers and tensors of a debug build, which exports `run_layer`. */
  readonly debug?: DebugDescription;
  /**
   * Runs one inference: inputs in, outputs out (copies), each an Int8Array or a Float32Array as the description says. Throws
   * a WickError where an input has the wrong length or type.
   */
  infer(inputs: readonly ActivationData[]): ActivationData[];
  /** Makes the next inference the first; does nothing to a model that keeps nothing. */
  reset(): void;
  /** The instance's exports, for hosts that read `memory` themselves or call `run_layer` of a debug build. */
  readonly exports: ModelExports;
}

/** Where a tensor lies in a module's memory. */
interface Place {
  readonly address: number;
  readonly length: number;
  readonly dtype: IoType;
}

/** What model.wasm exports. */
export interface ModelExports {
  readonly memory: WebAssembly.Memory;
  infer(): number;
  input(index: number): number;
  output(index: number): number;
  /** Only of a stateful model. */
  reset?(): void;
  run_layer?(index: number): number;
}

/**
 * What a module's custom section `wick` says. Throws a WickError where the bytes are no Wasm module, have no such
 * section, or were made for another ABI version.
 */
export function readDescription(bytes: Uint8Array, where: string): ModuleDescription {
  const section = readSections(bytes, where).find(({ id, name }) => id === 0 && name === 'wick');
  if (section === undefined) {
    throw new WickError({
      what: 'not a wick model',
      where,
      expected: "a module with a custom section 'wick'",
      received: 'none',
      hint: "use a model.wasm that 'wick compile' wrote",
    });
  }
  const place = `${where}, section 'wick'`;
  const json = parseJson(section.content, place);
  const version =
    typeof json === 'object' && json !== null && 'abiVersion' in json && json.abiVersion;
  if (version !== abiVersion) {
    throw new WickError({
      what: 'model was compiled for another ABI version',
      where,
      expected: `${abiVersion}`,
      received: version === false ? 'none' : String(version),
      hint: 'compile it again with this version of wick',
    });
  }
  return check(moduleDescriptionSchema, json, place);
}

/**
 * Instantiates a compiled model (model.wasm or model.simd.wasm). `weights`, the contents of weights.bin, are for a module
 * that has none in it. Throws a WickError where the module is malformed, wants other imports, or does not export what the
 * ABI says, where its weights are missing or others, and where the engine lacks what the module needs.
 */
export async function loadModel(
  bytes: Uint8Array,
  where = 'model.wasm',
  weights?: Uint8Array,
): Promise<LoadedModel> {
  const description = readDescription(bytes, where);
  const { imports, connect } = await importWeights(description, weights, where);
  const exports = await instantiate(bytes, where, description.stateBytes > 0, imports);
  connect(exports.memory);
  const debug = readDebugDescription(bytes, where, exports);
  // Whatever a module's own code does, it does not stop the host: a trap is an error like any other.
  const call = (name: 'infer' | 'input' | 'output' | 'reset', index = 0): number => {
    try {
      return (exports[name] as (index: number) => number)(index);
    } catch (error) {
      if (error instanceof WickError) throw error;
      throw new WickError({ what: `'${name}' trapped`, where, received: messageOf(error) });
    }
  };
  const place = (name: 'input' | 'output', index: number, port: PortDescription): Place => {
    const address = call(name, index);
    const { dtype } = port;
    const bytes = byteLength(port);
    const { BYTES_PER_ELEMENT: alignment } = tensorArrays[dtype];
    // A module may export a function of 64-bit integers, which do not mix with numbers.
    const isAddress = Number.isInteger(address) && address >= 0 && address % alignment === 0;
    const end = isAddress ? address + bytes : Infinity;
    const length = elementCount(port.shape);
    if (end <= exports.memory.buffer.byteLength) return { address, length, dtype };
    throw new WickError({
      what: 'model is corrupted',
      where,
      expected: 'tensors inside its memory',
      received: `${bytes} bytes at ${address}`,
    });
  };
  // A view is made for each use: memory that grows leaves old views empty.
  const view = ({ address, length, dtype }: Place): ActivationData =>
    new tensorArrays[dtype](exports.memory.buffer, address, length);
  const inputs = description.inputs.map((port, index) => place('input', index, port));
  const outputs = description.outputs.map((port, index) => place('output', index, port));
  return {
    description,
    ...(debug && { debug }),
    exports,
    infer(values) {
      if (values.length !== inputs.length) {
        throw new WickError({
          what: 'wrong number of inputs',
          where,
          expected: `${inputs.length}`,
          received: `${values.length}`,
        });
      }
      inputs.forEach((input, index) => {
        const value = values[index];
        if (value === undefined || value.length !== input.length) {
          throw new WickError({
            what: `input ${index} has the wrong size`,
            where,
            expected: `${input.length} ${input.dtype} values`,
            received: `${value?.length ?? 'none'}`,
          });
        }
        // Real values would be cut off to int8, and int8 values taken for real ones.
        if (!(value instanceof tensorArrays[input.dtype])) {
          throw new WickError({
            what: `input ${index} has the wrong type`,
            where,
            expected: `${input.dtype} values in a ${tensorArrays[input.dtype].name}`,
            received: `a ${Object(value).constructor.name}`,
          });
        }
        view(input).set(value);
      });
      const status = call('infer');
      if (status !== 0) {
        throw new WickError({ what: `inference failed with status ${status}`, where });
      }
      return outputs.map((output) => view(output).slice());
    },
    reset: () => {
      if (exports.reset !== undefined) call('reset');
    },
  };
}

/** What a debug build says of its layers and tensors; undefined of another build. */
function readDebugDescription(
  bytes: Uint8Array,
  where: string,
  { memory, run_layer }: ModelExports,
): DebugDescription | undefined {
  const section = readSections(bytes, where).find(({ name }) => name === 'wick.debug');
  if (section === undefined || typeof run_layer !== 'function') return undefined;
  const place = `${where}, section 'wick.debug'`;
  const debug = check(debugDescriptionSchema, parseJson(section.content, place), place);
  for (const { name, address, bytes: length } of debug.tensors) {
    if (address + length <= memory.buffer.byteLength) continue;
    throw new WickError({
      what: 'model is corrupted',
      where: place,
      expected: 'tensors inside its memory',
      received: `'${name}', ${length} bytes at ${address}`,
    });
  }
  return debug;
}

async function instantiate(
  bytes: Uint8Array,
  where: string,
  stateful: boolean,
  imports: WebAssembly.Imports,
): Promise<ModelExports> {
  const names = ['infer', 'input', 'output', ...(stateful ? ['reset'] : [])];
  try {
    const source = new Uint8Array(bytes);
    const { instance } = await WebAssembly.instantiate(source, imports);
    const { exports } = instance;
    if (
      exports.memory instanceof WebAssembly.Memory &&
      names.every((name) => typeof exports[name] === 'function')
    ) {
      return exports as unknown as ModelExports;
    }
  } catch (error) {
    throw new WickError({
      what: 'module cannot be instantiated',
      where,
      received: messageOf(error),
    });
  }
  throw new WickError({
    what: 'module lacks exports of the model ABI',
    where,
    expected: ['memory', ...names].join(', '),
  });
}
