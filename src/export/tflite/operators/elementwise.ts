import type { Tensor } from '../../../graph/types.ts';
import type { NodeContext } from '../../../ops/op.ts';
import type { Activation } from '../../../ops/support/activation.ts';
import type { WrittenValues } from '../flatbuffer.ts';
import { activationCode, type Exporter, numbersOf } from '../node.ts';

/** What an operator of the node's own inputs and outputs has beside its name. */
interface Details<A> {
  readonly options?: (attributes: A) => WrittenValues;
  readonly version?: (node: NodeContext<A>) => number | undefined;
}

/** An operator that takes the node's inputs and makes its outputs. */
export function direct<A = unknown>(name: string, details: Details<A> = {}): Exporter<A> {
  return (node, file) => {
    const { options, version } = details;
    file.operator({
      name,
      inputs: numbersOf(file, node.inputs),
      outputs: numbersOf(file, node.outputs),
      ...(options && { options: options(node.attributes) }),
      version: version?.(node),
    });
  };
}

/** The option of a fused activation. */
export function fused({ activation }: { readonly activation: Activation }): WrittenValues {
  return { fusedActivationFunction: activationCode(activation) };
}

/** MUL has a version of its own for a product that is not scaled down. */
export function mulVersion({ inputs, outputs }: NodeContext<unknown>): number | undefined {
  const scaleOf = (tensor: Tensor | undefined) => tensor?.quantization?.scale[0];
  const [a, b, y] = [scaleOf(inputs[0]), scaleOf(inputs[1]), scaleOf(outputs[0])];
  return a !== undefined && b !== undefined && y !== undefined && (a * b) / y >= 1 ? 3 : undefined;
}
