import type { reshape as reshapeOp } from '../../../ops/reshape.ts';
import type { transpose as transposeOp } from '../../../ops/transpose.ts';
import { type AttributesOf, type Exporter, inputOf, numbersOf, outputOf } from '../node.ts';

/** RESHAPE. */
export const reshape: Exporter<AttributesOf<typeof reshapeOp>> = (node, file) => {
  const { shape } = node.attributes;
  file.operator({
    name: 'RESHAPE',
    inputs: [file.tensor(inputOf(node)), file.numbers(`${outputOf(node).name}/shape`, shape)],
    outputs: numbersOf(file, node.outputs),
    options: { newShape: shape },
  });
};

/** TRANSPOSE. */
export const transpose: Exporter<AttributesOf<typeof transposeOp>> = (node, file) => {
  const { permutation } = node.attributes;
  file.operator({
    name: 'TRANSPOSE',
    inputs: [
      file.tensor(inputOf(node)),
      file.numbers(`${outputOf(node).name}/permutation`, permutation),
    ],
    outputs: numbersOf(file, node.outputs),
  });
};
