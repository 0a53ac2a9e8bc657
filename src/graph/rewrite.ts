import type { Graph, Node, Tensor } from './types.ts';

/** How often each tensor is read, by nodes and as an output of the graph. */
export function countReaders({
  nodes,
  outputs,
}: Pick<Graph, 'nodes' | 'outputs'>): Map<string, number> {
  const readers = new Map<string, number>();
  for (const name of [...nodes.flatMap((node) => node.inputs), ...outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return readers;
}

/** Whether two tensors are quantized alike; float tensors are. */
export function sameQuantization(
  a: Pick<Tensor, 'quantization'>,
  b: Pick<Tensor, 'quantization'>,
): boolean {
  const [p, q] = [a.quantization, b.quantization];
  if (p === undefined || q === undefined) return p === q;
  return (
    p.axis === q.axis &&
    p.scale.join() === q.scale.join() &&
    p.zeroPoint.join() === q.zeroPoint.join()
  );
}

/** A name that is not taken: this one, or with a number behind it. */
export function freeName(isTaken: (name: string) => boolean, name: string): string {
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name}:${number}`)) number++;
  return `${name}:${number}`;
}

/** A node with some of its inputs replaced. */
export function withInputs(node: Node, replace: (name: string, index: number) => string): Node {
  return { ...node, inputs: node.inputs.map(replace) };
}
