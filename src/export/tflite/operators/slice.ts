import type { Tensor } from '../../../graph/types.ts';
import type { concat as concatOp } from '../../../ops/concat.ts';
import type { split as splitOp } from '../../../ops/split.ts';
import type { stridedSlice as stridedSliceOp } from '../../../ops/strided_slice.ts';
import { type AttributesOf, type Exporter, inputOf, numbersOf, outputOf } from '../node.ts';
import type { SubgraphWriter, TensorNumber } from '../subgraph.ts';

type SliceAttributes = AttributesOf<typeof stridedSliceOp>;

/** Writes STRIDED_SLICE: an axis that is read backwards to its first place has no end, which a bit of `endMask` says. */
export function writeSlice(
  file: SubgraphWriter,
  input: TensorNumber,
  output: Tensor | { readonly name: string; readonly number: TensorNumber },
  { begin, size, strides }: SliceAttributes,
): void {
  // One place has no direction.
  const steps = strides.map((stride, axis) => (size[axis] === 1 ? 1 : stride));
  const ends = begin.map((first, axis) => {
    const step = steps[axis] as number;
    return first + ((size[axis] as number) - 1) * step + Math.sign(step);
  });
  const endMask = ends.reduce((mask, end, axis) => (end < 0 ? mask | (1 << axis) : mask), 0);
  const { name } = output;
  file.operator({
    name: 'STRIDED_SLICE',
    inputs: [
      input,
      file.numbers(`${name}/begin`, begin),
      file.numbers(
        `${name}/end`,
        ends.map((end) => Math.max(0, end)),
      ),
      file.numbers(`${name}/strides`, steps),
    ],
    outputs: ['number' in output ? output.number : file.tensor(output)],
    options: { endMask },
  });
}

/** STRIDED_SLICE. */
export const stridedSlice: Exporter<SliceAttributes> = (node, file) => {
  writeSlice(file, file.tensor(inputOf(node)), outputOf(node), node.attributes);
};

/** SPLIT where the pieces are equal, else SPLIT_V. */
export const split: Exporter<AttributesOf<typeof splitOp>> = (node, file) => {
  const { axis, sizes } = node.attributes;
  const { name } = outputOf(node);
  const input = file.tensor(inputOf(node));
  const axisNumber = file.numbers(`${name}/axis`, [axis], []);
  const outputs = numbersOf(file, node.outputs);
  const options = { numSplits: sizes.length };
  if (sizes.every((size) => size === sizes[0])) {
    file.operator({ name: 'SPLIT', inputs: [axisNumber, input], outputs, options });
    return;
  }
  const sizesNumber = file.numbers(`${name}/sizes`, sizes);
  file.operator({ name: 'SPLIT_V', inputs: [input, sizesNumber, axisNumber], outputs, options });
};

/** CONCATENATION. */
export const concat: Exporter<AttributesOf<typeof concatOp>> = (node, file) => {
  file.operator({
    name: 'CONCATENATION',
    inputs: numbersOf(file, node.inputs),
    outputs: numbersOf(file, node.outputs),
    options: { axis: node.attributes.axis },
  });
};
