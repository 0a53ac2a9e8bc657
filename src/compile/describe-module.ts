import { WickError } from '../errors.ts';
import type { Graph, IoType, Tensor } from '../graph/types.ts';
import { countParameters, weightsSha256 } from '../graph/weights.ts';
import type { KernelCall } from '../ops/op.ts';
import { behindBorder } from '../ops/support/float_border.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { perTensor } from '../ops/support/quantized.ts';
import { nodeTitle } from '../ops/support/title.ts';
import { at } from './at.ts';
import type { Arena } from './buffers.ts';
import {
  abiVersion,
  type LayerDescription,
  type ModuleDescription,
  type PortDescription,
  roundingMode,
} from './description.ts';
import { align, tensorAlignment } from './plan.ts';
import type { StatePlan } from './state.ts';

/** What the custom section `wick` says of a model whose weights are in its module. */
export function describeModule(
  graph: Graph,
  layers: readonly Layer[],
  arena: Arena,
  { stateBytes }: StatePlan,
): ModuleDescription {
  const port = (name: string): PortDescription => {
    const tensor = graph.tensors.get(name);
    if (tensor === undefined) {
      throw new WickError({ what: `tensor '${name}' does not exist`, where: graph.name });
    }
    return describePort(graph, tensor);
  };
  return {
    abiVersion,
    rounding: roundingMode,
    name: graph.name,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    labels: graph.labels ?? [],
    parameters: countParameters(graph),
    macs: layers.reduce((sum, { op, context }) => sum + op.macs(context), 0),
    arenaBytes: arena.arenaBytes,
    stateBytes,
    weightsSha256: weightsSha256(graph),
    weights: 'embedded',
  };
}

function describePort(graph: Graph, tensor: Tensor): PortDescription {
  const { name, shape, dtype } = tensor;
  const quantization = perTensor(graph.name, behindBorder(graph, tensor));
  // The layers were prepared: another type is not possible here.
  return { name, shape, dtype: dtype as IoType, ...quantization };
}

/** What `model.json` and a debug build say of a layer; `call` is its kernel call, null where there is none. */
export function describeLayer(
  graph: Graph,
  { op, context }: Layer,
  index: number,
  call: KernelCall | null,
  arena: Arena,
  state: StatePlan,
): LayerDescription {
  const output = context.outputs[0];
  if (output === undefined) {
    throw new WickError({ what: 'node has no output', where: nodeTitle(context) });
  }
  const alive = arena.buffers.filter(
    ({ kind, firstLayer, lastLayer }) =>
      kind === 'tensor' && firstLayer <= index && index <= lastLayer,
  );
  return {
    name: context.name,
    op: context.op,
    kernel: call?.kernel ?? null,
    outputShape: output.shape,
    macs: op.macs(context),
    parameters: countParameters(
      graph,
      context.inputs.map(({ name }) => name),
    ),
    weightsBytes: call?.weights.length ?? 0,
    scratchBytes: call?.scratchBytes ?? 0,
    stateBytes: at(state.places, index).reduce((sum, { bytes }) => sum + bytes, 0),
    liveBytes: alive.reduce((sum, { bytes }) => sum + align(bytes, tensorAlignment), 0),
  };
}
