import { createHash } from 'node:crypto';
import { graphToJson } from '../graph/serialize.ts';
import type { Graph } from '../graph/types.ts';
import { weightsSha256 } from '../graph/weights.ts';

/**
 * The identity of a model, by which a host knows what a device holds: the SHA-256 of its graph and its weights, in
 * hexadecimal. The same for every layout of the weights and every board.
 */
export function modelSha256(graph: Graph): string {
  return createHash('sha256')
    .update(JSON.stringify(graphToJson(graph)))
    .update(weightsSha256(graph))
    .digest('hex');
}
