import binaryen from 'binaryen';
import { readKernelFile } from '../kernels.ts';
import type { KernelArgument, KernelCall, Variant } from '../ops/op.ts';
import { isInWeights } from '../ops/support/kernel_call.ts';
import { concatenateAligned } from '../ops/support/product.ts';
import { pageBytes } from '../runtime/sections.ts';
import { type BoundStream, bindStream } from './bind-stream.ts';
import {
  bindEmbeddedWeights,
  bindWeightsInPlace,
  defineMemory,
  withWeightsPages,
} from './bindings.ts';
import type { StreamPlan } from './stream.ts';

/** One call with every address known. `kernel` is an export of the prebuilt kernels. */
export interface PlacedCall {
  readonly kernel: string;
  readonly arguments: readonly number[];
}

/** Memory that the model keeps from one inference to the next, and the value of each of its 32-bit words at first. */
export interface PlacedState {
  readonly address: number;
  /** A multiple of four, above 0. */
  readonly bytes: number;
  readonly word: number;
}

/** All that the linker needs to know of a model. */
export interface LinkRequest {
  readonly variant: Variant;
  /** In order of execution; null where a layer costs nothing. */
  readonly calls: readonly (PlacedCall | null)[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Constants to lie at `address`. */
  readonly data: { readonly address: number; readonly bytes: Uint8Array };
  /** How the module gets at weights that are not among `data`; without it the addresses of weights are in linear memory. */
  readonly weights?:
    | { readonly binding: 'xip'; readonly bytes: number }
    | { readonly binding: 'stream'; readonly plan: StreamPlan };
  /** With it the module exports `reset`, and an instance starts as after it. */
  readonly state?: readonly PlacedState[];
  /** The bytes of linear memory that the model uses. */
  readonly memoryBytes: number;
  /** The content of the custom section `wick`. */
  readonly description: string;
  /** Also export `run_layer(i)`. */
  readonly debug: boolean;
  /** The content of the custom section `wick.debug`. */
  readonly debugDescription?: string;
}

/** The prebuilt kernels of each variant, weights not yet bound. */
export const kernelFiles = { scalar: 'int8.wasm', simd: 'int8.simd.wasm' } as const;

/** What a module may use: for every engine little more than the first WebAssembly, for hosts v128 as well. */
const features: Record<Variant, binaryen.Features> = {
  scalar: binaryen.Features.MutableGlobals | binaryen.Features.SignExt,
  simd: binaryen.Features.MutableGlobals | binaryen.Features.SignExt | binaryen.Features.SIMD128,
};

/**
 * Gives each call its addresses. `weights` is where a layer's weights lie, as the argument sees it that points at `offset`
 * in them.
 */
export function placeCalls(
  calls: readonly (KernelCall | null)[],
  addresses: {
    readonly inputs: (layer: number, index: number) => number;
    readonly outputs: (layer: number, index: number) => number;
    readonly scratch: (layer: number) => number;
    readonly weights: (layer: number, offset: number) => number;
    readonly state: (layer: number, index: number) => number;
  },
): readonly (PlacedCall | null)[] {
  return calls.map((call, layer) => {
    if (call === null) return null;
    const place = (argument: KernelArgument): number => {
      if (typeof argument === 'number') return argument;
      if ('isWeights' in argument) return Number(isInWeights(call, argument.isWeights));
      if ('input' in argument) return addresses.inputs(layer, argument.input);
      if ('output' in argument) return addresses.outputs(layer, argument.output);
      if ('weights' in argument) {
        return addresses.weights(layer, argument.weights) + argument.weights;
      }
      if ('state' in argument) return addresses.state(layer, argument.state);
      return addresses.scratch(layer) + argument.scratch;
    };
    return { kernel: call.kernel, arguments: call.arguments.map(place) };
  });
}

/** The weights of all calls one after another, each 16-byte aligned, and where each starts. */
export function concatenateWeights(
  calls: readonly (KernelCall | null)[],
): ReturnType<typeof concatenateAligned> {
  return concatenateAligned(calls.map((call) => call?.weights ?? new Uint8Array(0)));
}

/** Links the kernels that the calls need and a generated `infer` into one module; what it imports is its weights. */
export function link(request: LinkRequest): Uint8Array {
  const { variant, weights } = request;
  const module = binaryen.readBinary(readKernelFile(kernelFiles[variant]));
  const multiMemory = weights?.binding === 'xip' ? binaryen.Features.MultiMemory : 0;
  module.setFeatures(features[variant] | multiMemory);
  try {
    const kernels = takeKernels(module);
    defineMemory(module, Math.max(1, Math.ceil(request.memoryBytes / pageBytes)), request.data);
    const stream =
      weights?.binding === 'stream'
        ? bindStream(module, weights.plan, streamedKernels(request.calls, weights.plan, kernels))
        : undefined;
    if (weights?.binding === 'xip') bindWeightsInPlace(module);
    if (weights === undefined) bindEmbeddedWeights(module);
    addLayers(module, request, kernels, stream);
    addReset(module, request.state ?? []);
    addPorts(module, 'input', request.inputs);
    addPorts(module, 'output', request.outputs);
    for (const name of ['__data_end', '__heap_base']) {
      module.addGlobal(name, binaryen.i32, false, module.i32.const(request.memoryBytes));
      module.addGlobalExport(name, name);
    }
    optimize(module);
    module.addCustomSection('wick', new TextEncoder().encode(request.description));
    if (request.debugDescription !== undefined) {
      module.addCustomSection('wick.debug', new TextEncoder().encode(request.debugDescription));
    }
    if (!module.validate()) throw new Error('the linked module is not valid');
    const bytes = module.emitBinary();
    return weights?.binding === 'xip' ? withWeightsPages(bytes, weights.bytes) : bytes;
  } finally {
    module.dispose();
  }
}

/** The kernels of the layers whose weights have no room in the window, by their internal names. */
function streamedKernels(
  calls: LinkRequest['calls'],
  plan: StreamPlan,
  kernels: ReadonlyMap<string, string>,
): readonly string[] {
  return calls.flatMap((call, layer) => {
    const name = call === null ? undefined : kernels.get(call.kernel);
    return name === undefined || plan.layers[layer]?.end === undefined ? [] : [name];
  });
}

/** Takes the kernels out of the exports and returns the internal name of each. */
function takeKernels(module: binaryen.Module): ReadonlyMap<string, string> {
  const kernels = new Map<string, string>();
  for (let index = module.getNumExports() - 1; index >= 0; index--) {
    const { kind, name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
    if (kind !== binaryen.ExternalFunction) continue;
    kernels.set(name, value);
    module.removeExport(name);
  }
  return kernels;
}

/** One function a layer, `infer` that calls them in order, and in a debug build `run_layer(i)`. */
function addLayers(
  module: binaryen.Module,
  { calls, debug, weights }: LinkRequest,
  kernels: ReadonlyMap<string, string>,
  stream: BoundStream | undefined,
): void {
  const { i32, local } = module;
  const names = calls.map((call, index) => {
    const name = `layer ${index}`;
    const layer = weights?.binding === 'stream' ? weights.plan.layers[index] : undefined;
    const body = [
      ...(stream?.prepare(layer) ?? []),
      callKernel(module, call, kernels, (kernel) => stream?.kernel(kernel, layer) ?? kernel),
    ];
    module.addFunction(name, binaryen.none, binaryen.none, [], module.block(null, body));
    return name;
  });
  const runAll = names.map((name) => module.call(name, [], binaryen.none));
  const success = i32.const(0);
  const infer = module.block(null, [...runAll, success], binaryen.i32);
  module.addFunction('infer', binaryen.none, binaryen.i32, [], infer);
  module.addFunctionExport('infer', 'infer');
  if (!debug) return;

  const runOne = names.map((name, index) =>
    module.if(
      i32.eq(local.get(0, binaryen.i32), i32.const(index)),
      module.block(null, [module.call(name, [], binaryen.none), module.return(success)]),
    ),
  );
  const runLayer = module.block(null, [...runOne, i32.const(-1)], binaryen.i32);
  module.addFunction('run_layer', binaryen.i32, binaryen.i32, [], runLayer);
  module.addFunctionExport('run_layer', 'run_layer');
}

function callKernel(
  module: binaryen.Module,
  call: PlacedCall | null,
  kernels: ReadonlyMap<string, string>,
  variantOf: (kernel: string) => string,
): binaryen.ExpressionRef {
  if (call === null) return module.nop();
  const kernel = kernels.get(call.kernel);
  if (kernel === undefined) throw new Error(`there is no kernel '${call.kernel}'`);
  const operands = call.arguments.map((value) => module.i32.const(value));
  return module.call(variantOf(kernel), operands, binaryen.none);
}

/** `reset` of a stateful model; memory starts as zeros, and other initial values are set by the module's start. */
function addReset(module: binaryen.Module, state: readonly PlacedState[]): void {
  if (state.length === 0) return;
  const { i32, local } = module;
  const [start, end, word] = [0, 1, 2].map((index) => () => local.get(index, binaryen.i32)) as [
    () => binaryen.ExpressionRef,
    () => binaryen.ExpressionRef,
    () => binaryen.ExpressionRef,
  ];
  const fill = module.loop(
    'next',
    module.block(null, [
      i32.store(0, 4, start(), word()),
      local.set(0, i32.add(start(), i32.const(4))),
      module.br('next', i32.lt_u(start(), end())),
    ]),
  );
  const parameters = binaryen.createType([binaryen.i32, binaryen.i32, binaryen.i32]);
  module.addFunction('fill', parameters, binaryen.none, [], fill);
  const calls = state.map(({ address, bytes, word: value }) => {
    const operands = [address, address + bytes, value].map((number) => i32.const(number));
    return module.call('fill', operands, binaryen.none);
  });
  const reset = module.addFunction(
    'reset',
    binaryen.none,
    binaryen.none,
    [],
    module.block(null, calls),
  );
  module.addFunctionExport('reset', 'reset');
  if (state.some(({ word: value }) => value !== 0)) module.setStart(reset);
}

/** `input(i)` or `output(i)`: the address of the i-th one, -1 where there is none. */
function addPorts(module: binaryen.Module, name: string, addresses: readonly number[]): void {
  const { i32, local } = module;
  const body = addresses.reduceRight(
    (otherwise, address, index) =>
      module.if(
        i32.eq(local.get(0, binaryen.i32), i32.const(index)),
        i32.const(address),
        otherwise,
      ),
    i32.const(-1),
  );
  module.addFunction(name, binaryen.i32, binaryen.i32, [], body);
  module.addFunctionExport(name, name);
}

/**
 * Folds shapes and addresses into the kernels and drops what is not used. Addresses never wrap (kernels only add to
 * valid bases), so a constant sum may move into a load's offset.
 */
function optimize(module: binaryen.Module): void {
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(1);
  binaryen.setLowMemoryUnused(true);
  binaryen.setDebugInfo(false);
  binaryen.setAlwaysInlineMaxSize(12);
  module.optimize();
  module.runPasses(['remove-unused-module-elements']);
}
