import { readFileSync } from 'node:fs';
import { at } from '../compile/at.ts';
import { describeModule } from '../compile/describe-module.ts';
import type { ModuleDescription } from '../compile/description.ts';
import { type LaidOut, type LayOutOptions, layOut } from '../compile/lay-out.ts';
import type { PlacedCall } from '../compile/link.ts';
import { placeApart } from '../compile/place.ts';
import { byteLength, type Graph, type Tensor } from '../graph/types.ts';
import type { KernelCall } from '../ops/op.ts';
import { isInWeights, numberAt } from '../ops/support/kernel_call.ts';
import { type Checks, translateKernels } from './kernels.ts';
import { renderModel, renderModelHeader, renderWeights } from './render.ts';

/** How a model becomes C. */
export interface NativeOptions extends Omit<LayOutOptions, 'debug'> {
  /** How accesses are kept in bounds: `none` where nothing is said, as the compiler has proved them. */
  readonly checks?: Checks | undefined;
}

/** A stretch of a model's memory. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** A layer as C: the function that runs it and the addresses that this is given; null where it costs nothing. */
export interface NativeLayer {
  readonly name: string;
  readonly addresses: readonly {
    readonly region: 'MEMORY' | 'WEIGHTS';
    readonly offset: number;
  }[];
}

/** A model as C. */
export interface NativeModel {
  readonly description: ModuleDescription;
  readonly weights: Uint8Array;
  /** Arena and state: all that the model writes to. */
  readonly memoryBytes: number;
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
  readonly layers: readonly (NativeLayer | null)[];
  /** The C files by name; they need nothing else but a C11 compiler of gcc's kind. */
  readonly files: ReadonlyMap<string, string>;
}

const runtimeFile = 'wick_runtime.h';
/** The names of a model's C files. */
export const nativeFiles = {
  header: 'wick_model.h',
  code: 'wick_model.c',
  weights: 'wick_weights.c',
  runtime: runtimeFile,
} as const;

/**
 * Translates an int8 graph to C. Throws a WickError where the graph is not quantized, does not fit together, or an
 * accumulator could overflow.
 */
export function translateModel(graph: Graph, options: NativeOptions = {}): NativeModel {
  const { checks = 'none', optimize = 'size' } = options;
  const laidOut = layOut(graph, options);
  const { layers, calls, arena, state } = laidOut;
  const { code, functionOf } = translateKernels(calls, { checks, optimize });
  const { calls: placed, state: words, weights, memoryBytes } = placeApart(laidOut);
  const model = {
    description: describeModule(laidOut.graph, layers, arena, state),
    weights,
    memoryBytes,
    inputs: regionsOf(laidOut, laidOut.graph.inputs),
    outputs: regionsOf(laidOut, laidOut.graph.outputs),
    layers: calls.map((call, index) => layerOf(functionOf[index], call, placed[index] ?? null)),
  };
  const files = new Map([
    [nativeFiles.header, renderModelHeader(model)],
    [nativeFiles.code, renderModel(model, { code, words, checks, optimize })],
    [nativeFiles.weights, renderWeights(weights)],
    [nativeFiles.runtime, readFileSync(runtimeUrl, 'utf8')],
  ]);
  return { ...model, files };
}

const runtimeUrl = new URL(`../../firmware/engine/native/${runtimeFile}`, import.meta.url);

function regionsOf({ graph, arena }: LaidOut, names: readonly string[]): readonly Region[] {
  return names.map((name) => ({
    address: arena.tensorOffsets.get(name) as number,
    bytes: byteLength(graph.tensors.get(name) as Tensor),
  }));
}

function layerOf(
  name: string | undefined,
  call: KernelCall | null,
  placed: PlacedCall | null,
): NativeLayer | null {
  if (name === undefined || call === null || placed === null) return null;
  const addresses = call.arguments.flatMap((_, index) =>
    numberAt(call, index) !== undefined
      ? []
      : [
          {
            region: isInWeights(call, index) ? ('WEIGHTS' as const) : ('MEMORY' as const),
            offset: at(placed.arguments, index),
          },
        ],
  );
  return { name, addresses };
}
