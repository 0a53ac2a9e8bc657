import { WickError } from '../../errors.ts';
import { formatShape, type Graph, type Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../../ops/op.ts';
import { type Activation, activate } from '../../ops/support/activation.ts';
import { isConstant, resolveGraph } from '../../ops/support/context.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import type { ClampAttributes } from './ops/clamp.ts';

/** A graph as the engine runs it: every activation is a `clamp` of its own, and the loss takes in a final softmax. */
export interface Program {
  readonly nodes: readonly NodeContext[];
  readonly input: Tensor;
  /** [1, classes]. */
  readonly logits: Tensor;
}

/** What a program is for. */
export interface ProgramOptions {
  /** Keep every tensor of the graph, a final softmax included, instead of the fastest order. */
  readonly everyTensor: boolean;
}

/**
 * Turns a float graph into a program.
 * Throws a WickError where the graph is not float32, has several inputs or outputs, or a tensor with several readers.
 */
export function toProgram(graph: Graph, { everyTensor }: ProgramOptions): Program {
  for (const tensor of graph.tensors.values()) {
    if (tensor.dtype !== 'float32') {
      throw new WickError({
        what: 'not a float graph',
        where: `graph '${graph.name}', tensor '${tensor.name}'`,
        expected: 'float32',
        received: tensor.dtype,
        hint: "use the graph that 'wick train' wrote, before it was quantized",
      });
    }
  }
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new WickError({
      what: 'not a graph with one input and one output',
      where: `graph '${graph.name}'`,
      expected: '1 of each',
      received: `${graph.inputs.length} inputs, ${graph.outputs.length} outputs`,
    });
  }
  const nodes = resolveGraph(graph).flatMap(({ context }) => splitActivation(context));
  checkReaders(nodes);
  const program = everyTensor ? nodes : poolBeforeClamp(withoutFinalSoftmax(nodes));
  const logits = program.at(-1)?.outputs[0];
  if (logits === undefined || logits.shape.length !== 2) {
    throw new WickError({
      what: 'the graph does not end in one vector of class scores',
      where: `graph '${graph.name}'`,
      expected: 'shape 1xN',
      received: logits === undefined ? 'no nodes' : formatShape(logits.shape),
    });
  }
  return { nodes: program, input: graph.tensors.get(graph.inputs[0] as string) as Tensor, logits };
}

/** The tensors that a node reads and that some node or the user computes. */
export function activations(node: NodeContext): readonly Tensor[] {
  return node.inputs.filter((tensor) => !isConstant(tensor));
}

/** A clamp for each relu and each fused activation. */
function splitActivation(node: NodeContext): readonly NodeContext[] {
  const output = node.outputs[0] as Tensor;
  if (node.op === 'relu') return [toClamp(node, node.inputs[0] as Tensor, output, 'relu')];
  const activation = (node.attributes as { activation?: Activation }).activation ?? 'none';
  if (activation === 'none') return [node];
  const before = { ...output, name: `${output.name}/before_${activation}` };
  return [{ ...node, outputs: [before] }, toClamp(node, before, output, activation)];
}

function toClamp(
  node: NodeContext,
  input: Tensor,
  output: Tensor,
  activation: Activation,
): NodeContext<ClampAttributes> {
  return {
    name: node.name,
    op: 'clamp',
    attributes: {
      low: activate(Number.NEGATIVE_INFINITY, activation),
      high: activate(Number.POSITIVE_INFINITY, activation),
    },
    inputs: [input],
    outputs: [output],
  };
}

/** The loss is softmax and cross entropy in one, from the logits. */
function withoutFinalSoftmax(nodes: readonly NodeContext[]): readonly NodeContext[] {
  const last = nodes.at(-1);
  const isPlain = last?.op === 'softmax' && (last.attributes as { beta?: unknown }).beta === 1;
  return isPlain ? nodes.slice(0, -1) : nodes;
}

/**
 * Swaps each clamp with the max pool that follows it: the maximum of clamped values is the clamped maximum, and then the
 * clamp has fewer values and the convolution's output is not needed after its own image.
 */
function poolBeforeClamp(nodes: readonly NodeContext[]): readonly NodeContext[] {
  const result = [...nodes];
  for (let i = 0; i + 1 < result.length; i++) {
    const [clamp, pool] = [result[i] as NodeContext, result[i + 1] as NodeContext];
    if (clamp.op !== 'clamp' || pool.op !== 'max_pool2d') continue;
    const output = pool.outputs[0] as Tensor;
    const pooled = { ...output, name: `${output.name}/before_clamp` };
    result[i] = { ...pool, inputs: clamp.inputs, outputs: [pooled] };
    result[i + 1] = { ...clamp, inputs: [pooled], outputs: [output] };
  }
  return result;
}

/** Gradients of several readers would have to be summed, which no op so far needs. */
function checkReaders(nodes: readonly NodeContext[]): void {
  const readers = new Map<string, NodeContext>();
  for (const node of nodes) {
    for (const { name } of activations(node)) {
      const other = readers.get(name);
      if (other !== undefined) {
        throw new WickError({
          what: `tensor '${name}' is read by two nodes, which the training engine cannot handle`,
          where: nodeTitle(node),
          received: `also read by ${nodeTitle(other)}`,
        });
      }
      readers.set(name, node);
    }
  }
}
