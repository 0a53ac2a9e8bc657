import { WickError } from '../../errors.ts';
import { elementCount, type Graph, type Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../../ops/op.ts';
import { isConstant } from '../../ops/support/context.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import { type ParameterLayout, parameterBytes } from './parameters.ts';
import type { Area, LoweredNode, ParameterPlace, ParameterSlot, Place, Plan, Run } from './plan.ts';
import { toProgram } from './program.ts';
import { trainingOps } from './registry.generated.ts';
import { planStorage } from './storage.ts';

/** What a plan is for. */
export interface CompileOptions {
  readonly batchSize: number;
  /** Plan the backward pass too. */
  readonly training: boolean;
  /** Keep every tensor of the graph readable after the forward pass. */
  readonly everyTensor: boolean;
}

/** Kernels read up to 15 numbers beyond a row; this much after each buffer keeps that inside the memory. */
const slackBytes = 64;
const alignment = 64;

/** Lowers a float graph to a memory layout and kernel calls. Throws a WickError where the engine cannot run it. */
export function compileForTraining(graph: Graph, options: CompileOptions): Plan {
  const { batchSize, training } = options;
  const program = toProgram(graph, options);
  const nodes = program.nodes.map((node) => ({ node, op: trainingOp(node) }));

  const bytes = { parameters: 0, activations: 0, forward: 0, backward: 0 };
  const reserve = (counter: keyof typeof bytes, size: number): number => {
    const offset = bytes[counter];
    bytes[counter] += Math.ceil((size + slackBytes) / alignment) * alignment;
    return offset;
  };
  const forBatch = (imageBytes: number): Place => ({
    area: 'activations',
    offset: reserve('activations', batchSize * imageBytes),
    imageBytes,
  });
  // The two passes never overlap in time, so their scratch memories lie upon each other.
  const scratch = (phase: 'forward' | 'backward', size: number): Place => ({
    area: 'scratch',
    offset: reserve(phase, size),
    imageBytes: 0,
  });

  const storage = planStorage(program, nodes, options);
  const values = new Map<string, Place>();
  const gradients = new Map<string, Place>();
  for (const { tensors, bytes: size, isTrained, keepValue, keepGradient } of storage) {
    const value = keepValue ? forBatch(size) : scratch('forward', size);
    for (const name of tensors) values.set(name, value);
    if (!training || !isTrained) continue;
    const gradient = keepGradient ? forBatch(size) : scratch('backward', size);
    for (const name of tensors) gradients.set(name, gradient);
  }

  const slots = new Map<string, ParameterSlot>();
  const parameter = (tensor: Tensor | undefined, layout: ParameterLayout): ParameterPlace => {
    const known = tensor === undefined ? undefined : slots.get(tensor.name);
    const offset = known?.offset ?? reserve('parameters', parameterBytes(layout));
    if (tensor !== undefined) slots.set(tensor.name, { tensor: tensor.name, layout, offset });
    const place = (area: Area): Place => ({ area, offset, imageBytes: 0 });
    return { value: place('parameters'), gradient: place('gradients') };
  };

  const input = values.get(program.input.name) as Place;
  const logits = values.get(program.logits.name) as Place;
  const lowered = nodes.map(({ node, op }) => {
    const [source, output] = [node.inputs[0] as Tensor, node.outputs[0] as Tensor];
    return {
      scope: op.scope,
      ...op.lower({
        node,
        batchSize,
        input: values.get(source.name) as Place,
        output: values.get(output.name) as Place,
        // A pass that is not planned leaves its places out; its steps are dropped below.
        outputGradient: gradients.get(output.name) ?? (values.get(output.name) as Place),
        inputGradient: gradients.get(source.name) ?? null,
        parameter: (index, layout) => parameter(node.inputs[index], layout),
        scratch: (phase, size) =>
          phase === 'backward' && !training ? input : scratch(phase, size),
        saved: (size) => (training ? forBatch(size) : scratch('forward', size)),
      }),
    };
  });

  return {
    batchSize,
    parameters: [...slots.values()],
    runs: toRuns(lowered, training),
    prepareBackward: training ? lowered.flatMap((node) => node.prepareBackward ?? []) : [],
    input,
    inputShape: program.input.shape,
    logits,
    logitsGradient: gradients.get(program.logits.name) ?? logits,
    classes: elementCount(program.logits.shape),
    labels: forBatch(1),
    correct: { area: 'activations', offset: reserve('activations', 4), imageBytes: 0 },
    values,
    areaBytes: {
      parameters: bytes.parameters,
      gradients: training ? bytes.parameters : 0,
      activations: bytes.activations,
      scratch: Math.max(bytes.forward, bytes.backward),
    },
  };
}

function trainingOp(node: NodeContext) {
  const op = trainingOps.get(node.op);
  if (op === undefined) {
    throw new WickError({
      what: 'the training engine cannot run this op',
      where: nodeTitle(node),
      expected: `one of ${[...trainingOps.keys()].join(', ')}`,
      received: `'${node.op}'`,
    });
  }
  for (const tensor of node.inputs.slice(1)) {
    if (isConstant(tensor)) continue;
    throw new WickError({
      what: `input '${tensor.name}' is not a constant, so it cannot be trained`,
      where: nodeTitle(node),
    });
  }
  return op;
}

/** Joins neighbours of the same scope. */
function toRuns(nodes: readonly (LoweredNode & Pick<Run, 'scope'>)[], training: boolean): Run[] {
  const runs: Run[] = [];
  for (const { scope, forward, backward } of nodes) {
    const last = runs.at(-1);
    const joined = last?.scope === scope ? last : { forward: [], backward: [] };
    const run: Run = {
      scope,
      forward: [...joined.forward, ...forward],
      backward: training ? [...backward, ...joined.backward] : [],
    };
    if (joined === last) runs.pop();
    runs.push(run);
  }
  return runs;
}
