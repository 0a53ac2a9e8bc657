import { createHash } from 'node:crypto';
import { WickError } from '../errors.ts';
import { largestOf } from '../extremes.ts';
import type { Graph } from '../graph/types.ts';
import { canonicalWeightsBytes } from '../graph/weights.ts';
import type { KernelCall, Variant } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { nodeTitle } from '../ops/support/title.ts';
import { bytesWithoutData } from '../runtime/sections.ts';
import { at } from './at.ts';
import { type Budgets, checkBudgets } from './budgets.ts';
import type { Arena } from './buffers.ts';
import { describeDebug } from './describe-debug.ts';
import { describeLayer, describeModule } from './describe-module.ts';
import { describeStream } from './describe-stream.ts';
import type { ModelDescription, ModuleDescription, WeightBinding } from './description.ts';
import { renderHeader } from './header.ts';
import { callsOf, type LayOutOptions, layOut } from './lay-out.ts';
import { concatenateWeights, link, placeCalls } from './link.ts';
import { align } from './plan.ts';
import type { StatePlan } from './state.ts';
import { defaultWindowBytes, planStream, type StreamPlan } from './stream.ts';

/** How a model is compiled. */
export interface CompileOptions extends LayOutOptions {
  /**
   * How `model.wasm` gets at its weights: they lie in it (the default), a host call brings them to a window (`stream`), or
   * it reads them in place in a memory of the host's (`xip`). `model.simd.wasm`, for hosts, has its weights in it.
   */
  readonly weights?: WeightBinding | undefined;
  /** Bytes of the window of `stream`, at least 256: 4096 where nothing is said. */
  readonly windowBytes?: number | undefined;
  /** What the model may take of a device. */
  readonly budgets?: Budgets | undefined;
}

/** What `compile` makes of a graph. */
export interface CompiledModel {
  /** The scalar module, for every engine. */
  readonly wasm: Uint8Array;
  /** The v128 module, for hosts. */
  readonly simdWasm: Uint8Array;
  /** Weights and constants in the device layout. */
  readonly weights: Uint8Array;
  /** `model.h`. */
  readonly header: string;
  /** `model.json`. */
  readonly description: ModelDescription;
  /** Where each activation tensor lies in linear memory; the same in both modules. */
  readonly tensorOffsets: ReadonlyMap<string, number>;
}

/**
 * Compiles an int8 graph: plans its memory, packs its weights, and links two modules with the kernels it uses. Inputs and
 * outputs have the types that the options say ({@link setIoTypes}), by default those of the graph.
 * Throws a WickError where the graph is not quantized, does not fit together, an accumulator could overflow, a window is
 * too small or not asked for, or the model needs more than its budgets.
 */
export function compile(source: Graph, options: CompileOptions = {}): CompiledModel {
  const { optimize = 'size', debug = false } = options;
  const binding = chooseBinding(options);
  const laidOut = layOut(source, options);
  const { graph, optimized, layers, calls: scalarCalls, arena, state } = laidOut;
  const moduleDescription = describeModule(graph, layers, arena, state);
  const common = { graph, layers, arena, state, debug };
  const weights = concatenateWeights(scalarCalls).bytes;
  const scalarDescription: ModuleDescription = {
    ...moduleDescription,
    weights: binding.kind,
    ...(binding.kind !== 'embedded' && {
      weightsFile: {
        bytes: weights.length,
        sha256: createHash('sha256').update(weights).digest('hex'),
      },
    }),
  };
  const { wasm, stream } = linkVariant({
    ...common,
    variant: 'scalar',
    calls: scalarCalls,
    binding,
    moduleDescription: scalarDescription,
  });
  const { wasm: simdWasm } = linkVariant({
    ...common,
    variant: 'simd',
    calls: callsOf(laidOut, 'simd', optimize),
    binding: { kind: 'embedded' },
    moduleDescription,
  });
  const description: ModelDescription = {
    ...scalarDescription,
    optimize,
    weightsBytes: weights.length,
    canonicalWeightsBytes: canonicalWeightsBytes(graph),
    wasmBytes: bytesWithoutData(wasm, 'model.wasm'),
    simdWasmBytes: bytesWithoutData(simdWasm, 'model.simd.wasm'),
    ...(stream && { stream: describeStream(stream, wasm, weights) }),
    layers: layers.map((layer, index) =>
      describeLayer(optimized, layer, index, scalarCalls[index] ?? null, arena, state),
    ),
    lowerBoundBytes: arena.lowerBoundBytes,
    peakLayer: layers[arena.peakLayer]?.context.name ?? '',
    buffers: arena.buffers,
  };
  checkBudgets(description, options.budgets ?? {});
  return {
    wasm,
    simdWasm,
    weights,
    header: renderHeader(description, weights),
    description,
    tensorOffsets: arena.tensorOffsets,
  };
}

type Binding =
  | { readonly kind: 'embedded' | 'xip' }
  | { readonly kind: 'stream'; readonly windowBytes: number };

function chooseBinding({ weights = 'embedded', windowBytes }: CompileOptions): Binding {
  if (weights === 'stream')
    return { kind: weights, windowBytes: windowBytes ?? defaultWindowBytes };
  if (windowBytes === undefined) return { kind: weights };
  throw new WickError({
    what: 'there is no window',
    where: 'window',
    expected: "weights by 'stream'",
    received: `weights by '${weights}'`,
    hint: 'add --weights stream, or leave the window out',
  });
}

/** Addresses are i32, and negative ones mean that there is no such tensor. */
const maxMemoryBytes = 2 ** 31 - 65536;

function linkVariant(request: {
  readonly graph: Graph;
  readonly layers: readonly Layer[];
  readonly arena: Arena;
  readonly state: StatePlan;
  readonly variant: Variant;
  readonly calls: readonly (KernelCall | null)[];
  readonly binding: Binding;
  readonly debug: boolean;
  readonly moduleDescription: ModuleDescription;
}): { readonly wasm: Uint8Array; readonly stream?: StreamPlan } {
  const { graph, layers, arena, state, variant, calls, binding } = request;
  const address = (name: string) => arena.tensorOffsets.get(name) as number;
  const stateStart = align(arena.arenaBytes);
  const scratchStart = stateStart + state.stateBytes;
  // Host kernels want other scratch than the device's, so theirs lies behind the arena that is planned for the device.
  const hostScratch =
    variant === 'simd'
      ? largestOf(
          calls.map((call) => call?.scratchBytes ?? 0),
          0,
        )
      : 0;
  const weights = concatenateWeights(calls);
  const weightsStart = align(scratchStart + hostScratch);
  const titles = layers.map(({ context }) => nodeTitle(context));
  const stream =
    binding.kind === 'stream'
      ? planStream(calls, weights.offsets, weightsStart, binding.windowBytes, titles)
      : undefined;
  const embeddedBytes = binding.kind === 'embedded' ? weights.bytes : new Uint8Array(0);
  const residentBytes = stream?.windowBytes ?? embeddedBytes.length;
  const memoryBytes = residentBytes > 0 ? weightsStart + residentBytes : scratchStart + hostScratch;
  if (memoryBytes > maxMemoryBytes) {
    const largest = arena.buffers.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    throw new WickError({
      what: 'model does not fit in the memory of a module',
      where: graph.name,
      expected: `at most ${maxMemoryBytes} bytes`,
      received: `${memoryBytes}, of which '${largest.name}' takes ${largest.bytes}`,
    });
  }
  const wasm = link({
    variant,
    calls: placeCalls(calls, {
      inputs: (layer, index) => address(at(at(layers, layer).activations, index).name),
      outputs: (layer, index) => address(at(at(layers, layer).context.outputs, index).name),
      scratch: (layer) => (variant === 'simd' ? scratchStart : at(arena.scratchOffsets, layer)),
      weights: (layer, offset) => {
        const streamed = stream?.layers[layer]?.address(offset);
        if (streamed !== undefined) return streamed - offset;
        return (binding.kind === 'xip' ? 0 : weightsStart) + at(weights.offsets, layer);
      },
      state: (layer, index) => stateStart + at(at(state.places, layer), index).offset,
    }),
    inputs: graph.inputs.map(address),
    outputs: graph.outputs.map(address),
    data: { address: weightsStart, bytes: embeddedBytes },
    ...(binding.kind === 'xip' && {
      weights: { binding: 'xip', bytes: weights.bytes.length },
    }),
    ...(stream && { weights: { binding: 'stream', plan: stream } }),
    state: state.places
      .flat()
      .map(({ offset, bytes, word }) => ({ address: stateStart + offset, bytes, word })),
    memoryBytes,
    description: JSON.stringify(request.moduleDescription),
    debug: request.debug,
    ...(request.debug && {
      debugDescription: JSON.stringify(
        describeDebug(
          graph,
          layers.map(({ context }) => context),
          arena,
          variant,
          layers.map((layer, i) => describeLayer(graph, layer, i, calls[i] ?? null, arena, state)),
        ),
      ),
    }),
  });
  return { wasm, ...(stream && { stream }) };
}
