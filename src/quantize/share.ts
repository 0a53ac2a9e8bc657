import { isDeepStrictEqual } from 'node:util';
import { freeName } from '../graph/rewrite.ts';
import type { Graph, Node, Quantization, Tensor } from '../graph/types.ts';
import { findOp } from '../ops/support/context.ts';
import { nodeTitle } from '../ops/support/title.ts';

/** The op of a node. */
export const opOf = (node: Node) => findOp(node.op, nodeTitle(node));

/**
 * The quantization of each tensor that an op fixes, such as a softmax's, or that passes such values on. Of ops whose
 * inputs share a quantization, only where all inputs have the same fixed one.
 */
export function fixedQuantizations(graph: Graph): ReadonlyMap<string, Quantization> {
  const fixed = new Map<string, Quantization>();
  for (const node of graph.nodes) {
    const op = opOf(node);
    const rule = op.outputQuantization;
    const [first, ...others] = node.inputs.map((name) => fixed.get(name));
    const passedOn =
      !op.unifiesInputs || others.every((other) => isDeepStrictEqual(other, first))
        ? first
        : undefined;
    const given: Record<typeof rule.kind, Quantization | undefined> = {
      none: undefined,
      calibrated: undefined,
      sameAsInput: passedOn,
      fixed:
        rule.kind === 'fixed' ? { scale: [rule.scale], zeroPoint: [rule.zeroPoint] } : undefined,
    };
    const quantization = given[rule.kind];
    if (quantization === undefined) continue;
    for (const name of node.outputs) fixed.set(name, quantization);
  }
  return fixed;
}

/**
 * Puts a `quantize` between a tensor with a fixed quantization and a node that wants it quantized as its other inputs are.
 * Returns the graph, and of each new tensor the one whose values it has.
 */
export function separateFixed(graph: Graph): {
  readonly graph: Graph;
  readonly copies: ReadonlyMap<string, string>;
} {
  const fixed = fixedQuantizations(graph);
  const tensors = new Map(graph.tensors);
  const nodes: Node[] = [];
  const copies = new Map<string, string>();
  for (const node of graph.nodes) {
    if (!opOf(node).unifiesInputs || node.outputs.every((name) => fixed.has(name))) {
      nodes.push(node);
      continue;
    }
    const own = new Map<string, string>();
    for (const name of node.inputs) {
      if (!fixed.has(name) || own.has(name)) continue;
      const copy = freeName((taken) => tensors.has(taken), `${name}/requantized`);
      tensors.set(copy, { ...(tensors.get(name) as Tensor), name: copy });
      nodes.push({ name: copy, op: 'quantize', inputs: [name], outputs: [copy], attributes: {} });
      copies.set(copy, name);
      own.set(name, copy);
    }
    nodes.push({ ...node, inputs: node.inputs.map((name) => own.get(name) ?? name) });
  }
  return { graph: { ...graph, tensors, nodes }, copies };
}

/**
 * Groups the activations that have to have one quantization: what an op passes on unchanged, and all inputs of an op that
 * copies or compares them. Each name goes to the name that stands for its group.
 */
export function groupByQuantization(graph: Graph): (name: string) => string {
  const parents = new Map<string, string>();
  const root = (name: string): string => {
    let last = name;
    for (let parent = parents.get(name); parent !== undefined; parent = parents.get(last)) {
      // Halves the way for whoever asks next: a chain of joins may be as long as the graph.
      const next = parents.get(parent);
      if (next !== undefined) parents.set(last, next);
      last = parent;
    }
    return last;
  };
  const join = (a: string, b: string): void => {
    const [first, second] = [root(a), root(b)];
    if (first !== second) parents.set(second, first);
  };
  for (const node of graph.nodes) {
    const op = opOf(node);
    if (op.outputQuantization.kind !== 'sameAsInput') continue;
    const [input, ...others] = node.inputs as [string, ...string[]];
    for (const output of node.outputs) join(input, output);
    const activations = others.filter((name) => graph.tensors.get(name)?.data === undefined);
    if (op.unifiesInputs) for (const other of activations) join(input, other);
  }
  return root;
}
