import { readFileSync } from 'node:fs';
import { at } from '../compile/at.ts';
import { type LaidOut, layOut } from '../compile/lay-out.ts';
import { placeApart } from '../compile/place.ts';
import { byteLength, type Graph } from '../graph/types.ts';
import type { KernelCall, Optimize } from '../ops/op.ts';
import { isInWeights } from '../ops/support/kernel_call.ts';
import { type KernelFunction, numbersOf, shapeKey, translateFunctions } from './kernels.ts';
import { nativeFiles } from './model.ts';
import { anyShapeName, renderEntry, renderKernel } from './render-kernel-set.ts';

/**
 * How the kernels of a set are kept inside of a module's memory and weights. All are checked by block (`block`), or only those
 * that run any shape, whereas those for one shape run unchecked once their regions are found to be there (`region`).
 */
export const kernelSetChecks = ['block', 'region'] as const;

/** Which kernels a firmware offers to modules. */
export interface KernelSetOptions {
  readonly checks: (typeof kernelSetChecks)[number];
  /** The layout of weights that the models are compiled with. */
  readonly optimize: Optimize;
  /** Whether the set holds kernels for the shapes of the models, beside those that run any shape: so where nothing is said. */
  readonly shapes?: boolean;
}

/** Kernels that a firmware offers to modules. */
export interface KernelSet {
  /** The names of the kernels, and for how many shapes each has a function of its own. */
  readonly kernels: ReadonlyMap<string, number>;
  /** The C files by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Bytes behind an argument that is an address. */
export interface Region {
  readonly argument: number;
  readonly isWeights: boolean;
  readonly alignment: number;
  readonly bytes: number;
}

/** A kernel for the numbers of some calls. */
export interface Shape {
  readonly name: string;
  readonly numbers: readonly (number | undefined)[];
  readonly regions: readonly Region[];
}

/** A kernel as modules call it. */
export interface HostKernel {
  readonly name: string;
  /** Of the first call that was seen; where the addresses are is the same in all. */
  readonly call: KernelCall;
  readonly shapes: Map<string, Shape>;
}

/** No address has to be a multiple of more. */
const largestAlignment = 8;

/**
 * The kernels that the models need, as C for a firmware that runs modules which are linked with `kernels: 'host'`. Throws a
 * WickError where a graph is not quantized, does not fit together, or an accumulator could overflow.
 */
export function translateKernelSet(
  graphs: readonly Graph[],
  { checks, optimize, shapes: withShapes = true }: KernelSetOptions,
): KernelSet {
  const kernels = new Map<string, HostKernel>();
  for (const graph of graphs) collect(kernels, layOut(graph, { optimize }));
  const all = [...kernels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const shapesOf = ({ shapes }: HostKernel) => (withShapes ? [...shapes.values()] : []);
  const functions = all.flatMap((kernel): KernelFunction[] => [
    {
      name: anyShapeName(kernel.name),
      kernel: kernel.name,
      numbers: kernel.call.arguments.map(() => undefined),
      checks: 'block',
      checksAlignment: true,
    },
    ...shapesOf(kernel).map(
      ({ name, numbers }): KernelFunction => ({
        ...{ name, numbers, kernel: kernel.name },
        checks: checks === 'block' ? 'block' : 'none',
      }),
    ),
  ]);
  const code = `/* Written by wick: kernels for modules, optimized for ${optimize}, checks: ${checks}. */
#include "wick_dispatch.h"

${translateFunctions(functions, optimize)}
${all.map((kernel) => renderKernel(kernel, shapesOf(kernel))).join('\n')}
const struct wick_host_kernel wick_host_kernels[] = {
${all.map((kernel) => `    ${renderEntry(kernel, shapesOf(kernel).length)},\n`).join('')}};
const uint32_t wick_host_kernel_count = ${all.length}u;
`;
  return {
    kernels: new Map(all.map((kernel) => [kernel.name, shapesOf(kernel).length])),
    files: new Map([
      ['wick_kernels.c', code],
      [nativeFiles.runtime, readFileSync(runtimeUrl, 'utf8')],
    ]),
  };
}

const runtimeUrl = new URL(`../../firmware/engine/native/${nativeFiles.runtime}`, import.meta.url);

function collect(kernels: Map<string, HostKernel>, laidOut: LaidOut): void {
  const { calls: placed } = placeApart(laidOut);
  laidOut.calls.forEach((call, layer) => {
    if (call === null) return;
    const kernel: HostKernel = kernels.get(call.kernel) ?? {
      name: call.kernel,
      call,
      shapes: new Map(),
    };
    kernels.set(call.kernel, kernel);
    const numbers = numbersOf(call);
    const key = shapeKey(call.kernel, numbers);
    const { shapes } = kernel;
    const regions = regionsOf(laidOut, layer, call, at(placed, layer)?.arguments ?? []);
    const known: Shape | undefined = shapes.get(key);
    shapes.set(
      key,
      known === undefined
        ? { name: `${call.kernel}_${shapes.size}`, numbers, regions }
        : {
            ...known,
            regions: known.regions.map((region, index) => both(region, at(regions, index))),
          },
    );
  });
}

/** What holds for both: the code relies on no more. */
function both(a: Region, b: Region): Region {
  return {
    ...a,
    alignment: Math.min(a.alignment, b.alignment),
    bytes: Math.max(a.bytes, b.bytes),
  };
}

function regionsOf(
  { layers, state }: LaidOut,
  layer: number,
  call: KernelCall,
  addresses: readonly number[],
): readonly Region[] {
  const { activations, context } = at(layers, layer);
  const bytesOf = (argument: KernelCall['arguments'][number]): number | undefined => {
    if (typeof argument === 'number' || 'isWeights' in argument) return undefined;
    if ('input' in argument) return byteLength(at(activations, argument.input));
    if ('output' in argument) return byteLength(at(context.outputs, argument.output));
    if ('weights' in argument) return call.weights.length - argument.weights;
    if ('scratch' in argument) return call.scratchBytes - argument.scratch;
    return at(at(state.places, layer), argument.state).bytes;
  };
  return call.arguments.flatMap((argument, index) => {
    const bytes = bytesOf(argument);
    if (bytes === undefined) return [];
    const address = at(addresses, index);
    const alignment = Math.min(
      largestAlignment,
      address === 0 ? largestAlignment : address & -address,
    );
    return [{ argument: index, isWeights: isInWeights(call, index), alignment, bytes }];
  });
}
