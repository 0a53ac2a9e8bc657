import { WickError } from '../../errors.ts';
import { formatShape, type Graph, type Node, type Tensor } from '../../graph/types.ts';
import { check } from '../../schema.ts';
import type { AnyOp, NodeContext } from '../op.ts';
import { ops } from '../registry.generated.ts';
import { nodeTitle } from './title.ts';

/** A node with its operator. */
export interface ResolvedNode {
  readonly op: AnyOp;
  readonly context: NodeContext;
}

/** The operator of this name. Throws a WickError that lists the known ones. */
export function findOp(name: string, where: string): AnyOp {
  const op = ops.get(name);
  if (op === undefined) {
    throw new WickError({
      what: 'unknown op',
      where,
      expected: `one of ${[...ops.keys()].join(', ')}`,
      received: `'${name}'`,
    });
  }
  return op;
}

/** Looks up a node's operator and tensors and checks its attributes. */
export function resolveNode(graph: Graph, node: Node): ResolvedNode {
  const where = nodeTitle(node);
  const op = findOp(node.op, where);
  const [least, most] = op.inputCount;
  if (node.inputs.length < least || node.inputs.length > most) {
    throw new WickError({
      what: 'wrong number of inputs',
      where,
      expected: least === most ? `${least}` : `${least} to ${most}`,
      received: `${node.inputs.length}`,
    });
  }
  const attributes = check(op.attributes, node.attributes, where);
  return {
    op,
    context: {
      name: node.name,
      op: node.op,
      attributes,
      inputs: node.inputs.map((name) => findTensor(graph, name, where)),
      outputs: node.outputs.map((name) => findTensor(graph, name, where)),
    },
  };
}

/** Resolves every node in execution order and checks that the output shapes are what the ops infer. */
export function resolveGraph(graph: Graph): readonly ResolvedNode[] {
  return graph.nodes.map((node) => {
    const resolved = resolveNode(graph, node);
    const shapes = resolved.op.inferShapes(resolved.context);
    if (node.outputs.length !== shapes.length) {
      throw new WickError({
        what: 'wrong number of outputs',
        where: nodeTitle(node),
        expected: `${shapes.length}`,
        received: `${node.outputs.length}`,
      });
    }
    shapes.forEach((shape, index) => {
      const output = resolved.context.outputs[index];
      if (output === undefined || formatShape(output.shape) !== formatShape(shape)) {
        throw new WickError({
          what: `output ${index} has the wrong shape`,
          where: nodeTitle(node),
          expected: formatShape(shape),
          received: output === undefined ? 'none' : formatShape(output.shape),
        });
      }
    });
    return resolved;
  });
}

/** Whether a tensor is a constant of the graph. */
export function isConstant(tensor: Tensor): boolean {
  return tensor.data !== undefined;
}

/** The tensor of this name. Throws a WickError where the graph has none. */
export function findTensor(graph: Graph, name: string, where: string): Tensor {
  const tensor = graph.tensors.get(name);
  if (tensor === undefined) {
    throw new WickError({ what: `tensor '${name}' does not exist`, where });
  }
  return tensor;
}
