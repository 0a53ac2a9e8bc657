import type { Node } from '../../graph/types.ts';

/** How messages name a node. */
export function nodeTitle(node: Pick<Node, 'name' | 'op'>): string {
  return `node '${node.name}' (${node.op})`;
}
