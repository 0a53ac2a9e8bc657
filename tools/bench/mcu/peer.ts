import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { elementCount } from '../../../src/graph/types.ts';
import { check, parseJson, wholeNumber } from '../../../src/schema.ts';
import type { LayerFigures } from './measure.ts';

const count = wholeNumber(0);

const layerSchema = v.object({
  op: v.string(),
  out: v.array(count),
  inst: count,
  macs: count,
});

/** What TFLM with CMSIS-NN takes, by model. */
const peersSchema = v.record(
  v.string(),
  v.object({
    cmsis_nn: v.object({ inst: count, arena: count, flash_int8: count }),
    layers_cmsis_nn: v.nullish(v.array(layerSchema), []),
  }),
);

/** One layer of the peer's. */
export interface PeerLayer {
  /** As TFLite names it: `CONV_2D`. */
  readonly op: string;
  readonly outputs: number;
  readonly macs: number;
  readonly instructions: number;
}

/** What a model takes with TFLM and CMSIS-NN on an emulated Cortex-M4. */
export interface Peer {
  readonly instructions: number;
  readonly arenaBytes: number;
  /** Without the model. */
  readonly flashBytes: number;
  readonly layers: readonly PeerLayer[];
}

/** The peer's figures by model, of a reference folder; none where it has none. Throws a WickError where they are malformed. */
export function readPeers(folder: string | undefined): ReadonlyMap<string, Peer> {
  const file = join(folder ?? '', 'peers/tflm_cmsisnn_cortex_m4.json');
  if (folder === undefined || !existsSync(file)) return new Map();
  const models = Object.entries(check(peersSchema, parseJson(readFileSync(file), file), file));
  return new Map(
    models.map(([name, { cmsis_nn: whole, layers_cmsis_nn: layers }]) => [
      name,
      {
        instructions: whole.inst,
        arenaBytes: whole.arena,
        flashBytes: whole.flash_int8,
        layers: (layers ?? []).map(({ op, out, macs, inst }) => ({
          ...{ op, macs, outputs: elementCount(out), instructions: inst },
        })),
      },
    ]),
  );
}

/** A layer of ours beside the peer's; undefined where one has none of its kind. */
export interface LayerPair {
  readonly own: LayerFigures | undefined;
  readonly peer: PeerLayer | undefined;
}

/**
 * Layers beside the peer's: each with the first of the same operator, outputs and multiplications that is not taken, as the two
 * may run branches in another order, and what folds into a neighbour has none. What only the peer has comes last.
 */
export function pairLayers(
  own: readonly LayerFigures[],
  peer: readonly PeerLayer[],
): readonly LayerPair[] {
  const left = [...peer];
  const pairs = own.map((layer): LayerPair => {
    const index = left.findIndex((other) => isSameLayer(layer, other));
    return { own: layer, peer: index < 0 ? undefined : left.splice(index, 1)[0] };
  });
  return [...pairs, ...left.map((layer) => ({ own: undefined, peer: layer }))];
}

function isSameLayer(own: LayerFigures, { op, outputs, macs }: PeerLayer): boolean {
  // CONV_2D is conv2d of a .tflite file, AVERAGE_POOL_2D is average_pool2d.
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '');
  const name = op === 'FULLY_CONNECTED' ? 'dense' : op;
  return plain(own.op) === plain(name) && own.outputs === outputs && own.macs === macs;
}
