import { largestOf } from '../extremes.ts';
import { byteLength, type Graph, type Tensor } from '../graph/types.ts';
import type { Distance, KernelCall } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { align, type Piece, tensorAlignment, wideAlignment } from './plan.ts';

/** A tensor in its buffer, over the layers in which it is needed. */
export interface Member extends Piece {
  readonly name: string;
}

/** Which tensors share memory. */
export interface Aliases {
  /** The tensors of each buffer, with their offsets in it. */
  readonly buffers: readonly (readonly Member[])[];
  /** Of each layer, whether nothing is left to do, because its outputs lie where they belong already. */
  readonly elided: readonly boolean[];
}

interface Buffer {
  members: readonly Member[];
}

interface Place {
  readonly buffer: Buffer;
  readonly offset: number;
}

/** Which ways of sharing memory are used besides those that cost nothing to give up. */
export interface Sharing {
  /** Splits, slices and concatenations without a kernel. */
  readonly pieces: boolean;
  /** The layers whose outputs may start some bytes before the input that they overwrite. */
  readonly ahead: (layer: number) => boolean;
  /** Outputs over inputs of another type, as `quantize` and `dequantize` can: int8 and float32 differ in size. */
  readonly types: boolean;
}

const endOf = ({ offset, bytes }: Pick<Piece, 'offset' | 'bytes'>) => offset + bytes;
const overlap = (a: Pick<Piece, 'offset' | 'bytes'>, b: Pick<Piece, 'offset' | 'bytes'>) =>
  a.offset < endOf(b) && b.offset < endOf(a);
const isAligned = (offset: number) => offset % tensorAlignment === 0;

/**
 * Groups activation tensors into buffers. An output lies in its input where it is the input's very bytes or a piece of
 * them (reshape, split, slice), or where its op may work in place, or some bytes ahead of its input, and nothing that lies
 * there is needed later; inputs lie in an output that is one of them behind another (concat). Tensors start at multiples
 * of `tensorAlignment`.
 */
export function findAliases(
  graph: Graph,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
  { pieces, ahead: mayGoAhead, types }: Sharing = { pieces: true, ahead: () => true, types: true },
): Aliases {
  const lastUse = lastUses(graph, layers);
  const buffers = new Map<string, Buffer>();
  const member = ({ name, ...tensor }: Tensor, offset: number, firstLayer: number): Member => ({
    name,
    offset,
    bytes: byteLength(tensor),
    firstLayer,
    lastLayer: lastUse.get(name) ?? firstLayer,
  });
  const put = (buffer: Buffer, ...added: readonly Member[]): void => {
    buffer.members = [...buffer.members, ...added];
    for (const { name } of added) buffers.set(name, buffer);
  };
  const create = (tensor: Tensor, layer: number): void =>
    put({ members: [] }, member(tensor, 0, layer));
  const placeOf = ({ name }: Tensor): Place => {
    const buffer = buffers.get(name) as Buffer;
    const { offset } = buffer.members.find((other) => other.name === name) as Member;
    return { buffer, offset };
  };

  for (const name of graph.inputs) create(graph.tensors.get(name) as Tensor, 0);
  const elided = layers.map(({ op, context, parameters, activations }, layer) => {
    const [input] = activations as readonly [Tensor, ...Tensor[]];
    const { buffer, offset } = placeOf(input);
    const { outputs } = context;
    const isNothing = calls[layer] === null;
    const views = isNothing ? [0] : pieces ? op.views?.(parameters) : undefined;
    if (views !== undefined && (isNothing || views.every(isAligned))) {
      put(
        buffer,
        ...outputs.map((output, i) => member(output, offset + (views[i] as number), layer)),
      );
      return true;
    }
    const [output, ...others] = outputs as readonly [Tensor, ...Tensor[]];
    const parts = pieces ? op.parts?.(parameters) : undefined;
    const joined = parts && joinBuffers(activations.map(placeOf), activations, parts);
    if (joined !== undefined) {
      const whole: Buffer = { members: [] };
      put(whole, member(output, 0, layer));
      for (const [part, base] of joined) put(whole, ...shifted(part.members, base));
      return true;
    }
    const ahead =
      op.inPlace(parameters) && (types || output.dtype === input.dtype)
        ? nowhere
        : mayGoAhead(layer)
          ? op.inPlaceDistance?.(parameters)
          : undefined;
    const inPlace = member(output, offset - distanceOf(ahead ?? nowhere), layer);
    const isFree = (other: Member) =>
      !overlap(other, inPlace) ||
      (other.lastLayer <= layer &&
        !graph.outputs.includes(other.name) &&
        (other.name === input.name || !activations.some(({ name }) => name === other.name)));
    // An output far enough ahead of its input does not share anything with it.
    const isShared = offset < endOf(inPlace);
    if (ahead !== undefined && isShared && buffer.members.every(isFree)) {
      put(buffer, inPlace);
      buffer.members = shifted(buffer.members, Math.max(0, -inPlace.offset));
    } else {
      create(output, layer);
    }
    for (const tensor of others) create(tensor, layer);
    return false;
  });
  return { buffers: [...new Set(buffers.values())].map(({ members }) => members), elided };
}

const nowhere: Distance = { least: 0, multipleOf: 1 };

/** The least distance at which tensors stay aligned for v128 loads where they are. */
function distanceOf({ least, multipleOf }: Distance): number {
  let step = multipleOf;
  while (step % wideAlignment !== 0) step += multipleOf;
  return align(least, step);
}

const shifted = (members: readonly Member[], distance: number): readonly Member[] =>
  members.map((moved) => ({ ...moved, offset: moved.offset + distance }));

/** The last layer that reads each tensor; outputs of the graph are needed to the end. */
function lastUses(graph: Graph, layers: readonly Layer[]): ReadonlyMap<string, number> {
  const lastUse = new Map<string, number>();
  layers.forEach(({ activations }, layer) => {
    for (const tensor of activations) lastUse.set(tensor.name, layer);
  });
  for (const output of graph.outputs) lastUse.set(output, Math.max(0, layers.length - 1));
  return lastUse;
}

/**
 * The buffers of the inputs of a concatenation and where each goes in the output's, undefined where they cannot all lie
 * where `parts` wants the inputs: where one is in two places, or its buffer holds more than these inputs.
 */
function joinBuffers(
  places: readonly Place[],
  inputs: readonly Tensor[],
  parts: readonly number[],
): ReadonlyMap<Buffer, number> | undefined {
  const bases = new Map<Buffer, number>();
  const covered = new Map<Buffer, number>();
  for (const [i, { buffer, offset }] of places.entries()) {
    const base = (parts[i] as number) - offset;
    if (!isAligned(base) || (bases.get(buffer) ?? base) !== base) return undefined;
    bases.set(buffer, base);
    covered.set(buffer, (covered.get(buffer) ?? 0) + byteLength(inputs[i] as Tensor));
  }
  // Inputs do not overlap, so a buffer that is as long as those in it together holds nothing between or beside them.
  const fits = [...covered].every(
    ([{ members }, bytes]) => largestOf(members.map(endOf)) === bytes,
  );
  return fits ? bases : undefined;
}

/**
 * The memory that a buffer needs, as pieces that do not overlap at any time: tensors at the same place are one piece,
 * named after all of them, and what is part of a larger one counts only while that is not needed.
 */
export function piecesOf(members: readonly Member[]): readonly Member[] {
  const chains = joinChains(members).sort((a, b) => b.bytes - a.bytes);
  return chains.flatMap((chain, index) =>
    chains
      .slice(0, index)
      .reduce<Member[]>((rest, cover) => rest.flatMap((piece) => outside(piece, cover)), [chain]),
  );
}

/** Tensors with the same bytes, one from where the other is needed or right after it, as one. */
function joinChains(members: readonly Member[]): Member[] {
  const chains: Member[] = [];
  for (const next of [...members].sort((a, b) => a.firstLayer - b.firstLayer)) {
    const index = chains.findIndex(
      ({ offset, bytes, lastLayer }) =>
        offset === next.offset && bytes === next.bytes && next.firstLayer <= lastLayer + 1,
    );
    const chain = chains[index];
    if (chain === undefined) chains.push(next);
    else {
      const lastLayer = Math.max(chain.lastLayer, next.lastLayer);
      chains[index] = { ...chain, name: `${chain.name} = ${next.name}`, lastLayer };
    }
  }
  return chains;
}

/** What is left of a piece without what another covers: before and after it, and meanwhile below and above it. */
function outside(piece: Member, cover: Piece): Member[] {
  const firstLayer = Math.max(piece.firstLayer, cover.firstLayer);
  const lastLayer = Math.min(piece.lastLayer, cover.lastLayer);
  if (firstLayer > lastLayer || !overlap(piece, cover)) return [piece];
  const end = Math.max(endOf(piece), endOf(cover));
  const name = piece.name.startsWith('part of ') ? piece.name : `part of ${piece.name}`;
  const part = { ...piece, name, firstLayer, lastLayer };
  const rest = [
    { ...piece, lastLayer: firstLayer - 1 },
    { ...part, bytes: cover.offset - piece.offset },
    { ...part, offset: endOf(cover), bytes: end - endOf(cover) },
    { ...piece, firstLayer: lastLayer + 1 },
  ];
  return rest.filter((left) => left.bytes > 0 && left.firstLayer <= left.lastLayer);
}
