import type { Tensor } from '../../../graph/types.ts';
import { mirrorModes } from '../../../import/tflite/operators/border.ts';
import type { NodeContext } from '../../../ops/op.ts';
import { pad as padOp } from '../../../ops/pad.ts';
import type { Padding } from '../../../ops/support/window.ts';
import { type AttributesOf, addLike, type Exporter, inputOf, outputOf, refusal } from '../node.ts';
import { type SubgraphWriter, type TensorNumber, typeNameOf } from '../subgraph.ts';

/** What to put around a tensor, for each axis [before, after]. */
export interface Frame {
  readonly pairs: readonly (readonly [number, number])[];
  readonly mode: 'constant' | (typeof mirrorModes)[number];
  /** What `constant` pads with, as the tensor holds it: quantized in an int8 one. Its zero point where nothing is said. */
  readonly value?: number;
}

/** What goes around an image, [top, bottom, left, right], for each axis of its tensor. */
export const imagePairs = ([top, bottom, left, right]: Padding): Frame['pairs'] => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** Writes PAD, PADV2 or MIRROR_PAD from a tensor to one of the same type and quantization. */
export function writePad(
  file: SubgraphWriter,
  input: Tensor,
  output: { readonly number: TensorNumber; readonly name: string },
  { pairs, mode, value }: Frame,
): void {
  const paddings = file.numbers(`${output.name}/paddings`, pairs.flat(), [pairs.length, 2]);
  const inputs = [file.tensor(input), paddings];
  const outputs = [output.number];
  if (mode !== 'constant') {
    const options = { mode: mirrorModes.indexOf(mode) };
    file.operator({ name: 'MIRROR_PAD', inputs, outputs, options });
    return;
  }
  const zero = input.quantization?.zeroPoint[0] ?? 0;
  if (value === undefined || value === zero) {
    file.operator({ name: 'PAD', inputs, outputs });
    return;
  }
  const constant = file.add({
    name: `${output.name}/value`,
    shape: [1],
    type: typeNameOf(input),
    quantization: input.quantization,
    bytes: new Uint8Array(
      input.dtype === 'int8' ? Int8Array.of(value).buffer : Float32Array.of(value).buffer,
    ),
  });
  file.operator({ name: 'PADV2', inputs: [...inputs, constant], outputs });
}

/** Writes a pad before a node's operator; returns the padded tensor. */
export function padBefore(
  file: SubgraphWriter,
  node: Pick<NodeContext, 'inputs' | 'outputs'>,
  frame: Frame,
): TensorNumber {
  const input = inputOf(node);
  const name = `${outputOf(node).name}/padded`;
  const shape = input.shape.map((extent, axis) => {
    const [before, after] = frame.pairs[axis] ?? [0, 0];
    return before + extent + after;
  });
  const number = addLike(file, name, input, shape);
  writePad(file, input, { number, name }, frame);
  return number;
}

/** PAD, PADV2 and MIRROR_PAD. */
export const pad: Exporter<AttributesOf<typeof padOp>> = (node, file) => {
  const { padding: pairs, mode, value } = node.attributes;
  if (mode === 'edge' || mode === 'wrap') {
    throw refusal(node, 'mode', {
      expected: 'constant, reflect or symmetric',
      received: mode,
      hint: 'pad in another mode, or keep the graph as .wick.json',
    });
  }
  const output = outputOf(node);
  writePad(
    file,
    inputOf(node),
    { number: file.tensor(output), name: output.name },
    {
      pairs,
      mode,
      value: output.dtype === 'int8' ? padOp.prepare(node).value : value,
    },
  );
};
