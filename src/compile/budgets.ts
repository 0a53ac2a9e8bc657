import { WickError } from '../errors.ts';
import type { BufferDescription, LayerDescription, ModelDescription } from './description.ts';
import { align } from './plan.ts';

/** What a model may take of a device, in bytes; what is left out is not limited. */
export interface Budgets {
  /** Of RAM: {@link ramBytes}. */
  readonly ram?: number | undefined;
  /** Of flash: {@link flashBytes}. */
  readonly flash?: number | undefined;
}

type Figures = Pick<
  ModelDescription,
  | 'name'
  | 'arenaBytes'
  | 'stateBytes'
  | 'lowerBoundBytes'
  | 'peakLayer'
  | 'weightsBytes'
  | 'wasmBytes'
  | 'optimize'
  | 'layers'
  | 'buffers'
  | 'stream'
>;

/**
 * The RAM that a model needs on a device: its arena, behind it what it keeps from one inference to the next, and behind that
 * the window of streamed weights. Weights stay in flash there; the engine that runs the module and the firmware around it come on top.
 */
export function ramBytes({
  arenaBytes,
  stateBytes,
  stream,
}: Pick<Figures, 'arenaBytes' | 'stateBytes' | 'stream'>): number {
  const kept = stateBytes === 0 ? arenaBytes : align(arenaBytes) + stateBytes;
  return stream === undefined ? kept : align(kept) + stream.windowBytes;
}

/** The flash that a model needs on a device: weights in the device layout and `model.wasm` without its data. */
export function flashBytes({
  weightsBytes,
  wasmBytes,
}: Pick<Figures, 'weightsBytes' | 'wasmBytes'>): number {
  return weightsBytes + wasmBytes;
}

/** How many layers, or pieces of memory, a message names. */
const named = 4;

/**
 * Checks a compiled model against budgets.
 *
 * @throws WickError where it needs more, naming what takes the most: of RAM the tensors and the scratch of the layer that
 *   sets the peak, of flash the layers with the most weights, and the kernels
 */
export function checkBudgets(model: Figures, { ram, flash }: Budgets): void {
  const [usedRam, usedFlash] = [ramBytes(model), flashBytes(model)];
  if (ram !== undefined && usedRam > ram) {
    throw new WickError({
      what: 'model needs more RAM than its budget',
      where: model.name,
      expected: `at most ${ram} bytes`,
      received: `${usedRam} bytes (${blameRam(model)})`,
      hint: `make layer '${model.peakLayer}' or its input smaller, or raise the budget (--ram)`,
    });
  }
  if (flash !== undefined && usedFlash > flash) {
    const largest = byWeights(model.layers)[0]?.name;
    const layout = model.optimize === 'speed' ? ", or compile with '--optimize size'" : '';
    throw new WickError({
      what: 'model needs more flash than its budget',
      where: model.name,
      expected: `at most ${flash} bytes`,
      received: `${usedFlash} bytes (${blameFlash(model)})`,
      hint: `make ${largest === undefined ? 'the model' : `layer '${largest}'`} smaller, or raise the budget (--flash)${layout}`,
    });
  }
}

/** The pieces of the arena that are in use while a layer runs, the largest first. */
export function piecesAt(
  { layers, buffers }: Pick<Figures, 'layers' | 'buffers'>,
  layerName: string,
): readonly BufferDescription[] {
  const layer = layers.findIndex(({ name }) => name === layerName);
  return buffers
    .filter(({ firstLayer, lastLayer }) => firstLayer <= layer && layer <= lastLayer)
    .sort((a, b) => b.bytes - a.bytes);
}

function blameRam(model: Figures): string {
  const { arenaBytes, stateBytes, peakLayer, stream } = model;
  const needed = piecesAt(model, peakLayer);
  const pieces = needed.map(({ name, bytes }) => `'${name}' ${bytes}`);
  const rest = arenaBytes - needed.reduce((sum, { bytes }) => sum + bytes, 0);
  // A tensor that overwrites another one, from some bytes before it on, needs these as well.
  const chains = rest > 0 ? `, and ${rest} where tensors overwrite each other` : '';
  const peak = `arena ${arenaBytes}, set by layer '${peakLayer}': ${list(pieces)}${chains}`;
  const window = stream === undefined ? '' : `; window ${stream.windowBytes}`;
  if (stateBytes === 0) return `${peak}${window}`;
  const keeping = model.layers
    .filter((layer) => layer.stateBytes > 0)
    .sort((a, b) => b.stateBytes - a.stateBytes)
    .map((layer) => `'${layer.name}' ${layer.stateBytes}`);
  return `${peak}; state ${stateBytes}: ${list(keeping)}${window}`;
}

const byWeights = (layers: readonly LayerDescription[]) =>
  layers.filter((layer) => layer.weightsBytes > 0).sort((a, b) => b.weightsBytes - a.weightsBytes);

function blameFlash({ weightsBytes, wasmBytes, layers }: Figures): string {
  const weights = byWeights(layers).map((layer) => `'${layer.name}' ${layer.weightsBytes}`);
  const kernels = [...new Set(layers.flatMap(({ kernel }) => kernel ?? []))];
  return `weights ${weightsBytes}: ${list(weights)}; Wasm ${wasmBytes}: ${list(kernels)}`;
}

/** The first few items, and how many more there are. */
function list(items: readonly string[]): string {
  const more = items.length - named;
  return `${items.slice(0, named).join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
}

const units = { '': 1, k: 1024, m: 1024 ** 2 } as const;

/**
 * Bytes as people write them: `65536`, `64k`, `64kB`, `64 KiB`, `1.5M`. A k is 1024 bytes and an M 1024 k, as memories
 * are sold. Undefined where the text is none, or no whole number of bytes from 1.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([km]?)(?:i?b)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = (match[2] as string).toLowerCase() as keyof typeof units;
  const bytes = Number(match[1]) * units[unit];
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
