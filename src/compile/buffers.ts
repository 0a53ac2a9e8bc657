import { byteLength, type Graph } from '../graph/types.ts';
import type { KernelCall } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import type { BufferDescription } from './description.ts';

import { planMemory } from './plan.ts';

/** The memory of a compiled model. */
export interface Arena {
  readonly arenaBytes: number;
  readonly buffers: readonly BufferDescription[];
  /** The arena offset of each activation tensor; tensors that share a buffer share an offset. */
  readonly tensorOffsets: ReadonlyMap<string, number>;
  /** The arena offset of each layer's scratch memory; -1 where it has none. */
  readonly scratchOffsets: readonly number[];
}

interface TensorBuffer {
  readonly tensors: string[];
  bytes: number;
  firstLayer: number;
  lastLayer: number;
}

/**
 * Groups activation tensors into buffers (an output joins its input's where it may lie there and the input is not
 * needed later), adds each layer's scratch, and places all of them. Where int8 and float32 would share a buffer, it has the
 * size of the float32 values for as long as the int8 ones are needed: there it is tried whether sharing saves anything.
 */
export function planArena(
  graph: Graph,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
): Arena {
  const apart = new Set(
    layers.filter(
      ({ activations, context }) => activations[0]?.dtype !== context.outputs[0]?.dtype,
    ),
  );
  let best = placeAll(layers, calls, groupTensors(graph, layers, calls, apart));
  for (const layer of [...apart]) {
    apart.delete(layer);
    const shared = placeAll(layers, calls, groupTensors(graph, layers, calls, apart));
    if (shared.arenaBytes < best.arenaBytes) best = shared;
    else apart.add(layer);
  }
  return best;
}

function placeAll(
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
  tensorBuffers: readonly TensorBuffer[],
): Arena {
  const requests: (Omit<BufferDescription, 'offset'> & { tensors: readonly string[] })[] = [
    ...tensorBuffers.map(({ tensors, bytes, firstLayer, lastLayer }) => ({
      name: tensors.join(' = '),
      kind: 'tensor' as const,
      bytes,
      firstLayer,
      lastLayer,
      tensors,
    })),
    ...calls.flatMap((call, layer) =>
      call === null || call.scratchBytes === 0
        ? []
        : [
            {
              name: `${(layers[layer] as Layer).context.name} scratch`,
              kind: 'scratch' as const,
              bytes: call.scratchBytes,
              firstLayer: layer,
              lastLayer: layer,
              tensors: [],
            },
          ],
    ),
  ];
  const plan = planMemory(requests);
  const tensorOffsets = new Map<string, number>();
  const scratchOffsets: number[] = layers.map(() => -1);
  const buffers = requests.map(({ tensors, ...request }, index) => {
    const offset = plan.offsets[index] as number;
    for (const tensor of tensors) tensorOffsets.set(tensor, offset);
    if (request.kind === 'scratch') scratchOffsets[request.firstLayer] = offset;
    return { ...request, offset };
  });
  return { arenaBytes: plan.arenaBytes, buffers, tensorOffsets, scratchOffsets };
}

/** Layers of `apart` do not work in place, whatever their op allows. */
function groupTensors(
  graph: Graph,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
  apart: ReadonlySet<Layer>,
): readonly TensorBuffer[] {
  const lastUse = new Map<string, number>();
  layers.forEach(({ activations }, layer) => {
    for (const tensor of activations) lastUse.set(tensor.name, layer);
  });
  for (const output of graph.outputs) lastUse.set(output, layers.length - 1);

  const bufferOf = new Map<string, TensorBuffer>();
  const create = (name: string, firstLayer: number): void => {
    const tensor = graph.tensors.get(name);
    bufferOf.set(name, {
      tensors: [name],
      bytes: tensor === undefined ? 0 : byteLength(tensor),
      firstLayer,
      lastLayer: lastUse.get(name) ?? firstLayer,
    });
  };
  for (const input of graph.inputs) create(input, 0);
  layers.forEach((each, layer) => {
    const { op, context, parameters, activations } = each;
    const input = activations[0]?.name ?? '';
    const buffer = bufferOf.get(input);
    // A buffer is free for the output when none of the tensors in it is needed afterwards.
    const free =
      buffer?.tensors.every(
        (name) => !graph.outputs.includes(name) && (lastUse.get(name) ?? 0) <= layer,
      ) && activations.every(({ name }) => name === input || bufferOf.get(name) !== buffer);
    const alias = calls[layer] === null;
    const inPlace = free && !apart.has(each) && op.inPlace(parameters);
    context.outputs.forEach((output, index) => {
      if (index === 0 && buffer !== undefined && (alias || inPlace)) {
        buffer.tensors.push(output.name);
        buffer.bytes = Math.max(buffer.bytes, byteLength(output));
        buffer.lastLayer = Math.max(buffer.lastLayer, lastUse.get(output.name) ?? layer);
        bufferOf.set(output.name, buffer);
      } else {
        create(output.name, layer);
      }
    });
  });
  return [...new Set(bufferOf.values())];
}
