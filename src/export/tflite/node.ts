import type { GenericSchema } from 'valibot';
import { WickError } from '../../errors.ts';
import type { Quantization, Tensor } from '../../graph/types.ts';
import { activationNames } from '../../import/tflite/names.ts';
import { activations } from '../../import/tflite/operation.ts';
import type { NodeContext } from '../../ops/op.ts';
import type { Activation } from '../../ops/support/activation.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import { type SubgraphWriter, type TensorNumber, typeNameOf } from './subgraph.ts';

/** The attributes of an op. */
export type AttributesOf<O> = O extends { readonly attributes: GenericSchema<unknown, infer A> }
  ? A
  : never;

/** Writes a node as one operator or several. Throws a WickError where TFLite cannot say it. */
export type Exporter<A = never> = (node: NodeContext<A>, file: SubgraphWriter) => void;

/** The error of a node that TFLite cannot say: which attribute, and what could be done. */
export function refusal(
  node: Pick<NodeContext, 'name' | 'op'>,
  attribute: string,
  problem: { readonly expected: string; readonly received: string; readonly hint: string },
): WickError {
  return new WickError({
    what: `TFLite cannot say this '${attribute}'`,
    where: nodeTitle(node),
    ...problem,
  });
}

/** The first input of a node. */
export function inputOf({ inputs }: Pick<NodeContext, 'inputs'>): Tensor {
  return inputs[0] as Tensor;
}

/** The first output of a node. */
export function outputOf({ outputs }: Pick<NodeContext, 'outputs'>): Tensor {
  return outputs[0] as Tensor;
}

/** The numbers in the file of tensors of the graph. */
export function numbersOf(
  file: SubgraphWriter,
  tensors: readonly Tensor[],
): readonly TensorNumber[] {
  return tensors.map((tensor) => file.tensor(tensor));
}

/** Adds a tensor between two operators: of the same type and quantization as one of the graph, with a shape of its own. */
export function addLike(
  file: SubgraphWriter,
  name: string,
  like: Tensor,
  shape: readonly number[],
): TensorNumber {
  return file.add({ name, shape, type: typeNameOf(like), quantization: like.quantization });
}

/** Adds a bias of zeros for an operator that some runtime does not run without one. */
export function addZeroBias(
  file: SubgraphWriter,
  node: Pick<NodeContext, 'inputs' | 'outputs'>,
  count: number,
  quantization: Quantization | undefined,
): TensorNumber {
  return file.add({
    name: `${outputOf(node).name}/bias`,
    shape: [count],
    type: inputOf(node).dtype === 'int8' ? 'INT32' : 'FLOAT32',
    quantization,
    bytes: new Uint8Array(4 * count),
  });
}

/** The number of a fused activation. */
export function activationCode(activation: Activation): number {
  return activationNames.findIndex((name) => activations[name] === activation);
}
