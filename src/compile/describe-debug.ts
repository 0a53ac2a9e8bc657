import { byteLength, type Graph } from '../graph/types.ts';
import type { NodeContext, Variant } from '../ops/op.ts';
import { findTensor } from '../ops/support/context.ts';
import type { Arena } from './buffers.ts';
import type { DebugDescription, LayerDescription, TensorDescription } from './description.ts';

/** What a debug build says of itself: its layers, and where each activation lies once its layer has run. */
export function describeDebug(
  graph: Graph,
  nodes: readonly Pick<NodeContext, 'outputs'>[],
  arena: Arena,
  variant: Variant,
  layers: readonly LayerDescription[],
): DebugDescription {
  const describeTensor = (name: string, layer: number | null): TensorDescription => {
    const tensor = findTensor(graph, name, graph.name);
    const { shape, dtype, quantization } = tensor;
    const scale = quantization?.scale[0];
    const zeroPoint = quantization?.zeroPoint[0];
    return {
      name,
      layer,
      shape,
      dtype,
      ...(scale !== undefined && { scale }),
      ...(zeroPoint !== undefined && { zeroPoint }),
      address: arena.tensorOffsets.get(name) as number,
      bytes: byteLength(tensor),
    };
  };
  return {
    variant,
    layers,
    tensors: [
      ...graph.inputs.map((name) => describeTensor(name, null)),
      ...nodes.flatMap(({ outputs }, layer) =>
        outputs.map(({ name }) => describeTensor(name, layer)),
      ),
    ],
  };
}
