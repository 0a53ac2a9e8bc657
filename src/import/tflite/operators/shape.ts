import { elementCount, formatShape } from '../../../graph/types.ts';
import {
  axisOf,
  type GraphBuilder,
  inputOf,
  type Mapping,
  numbersOf,
  type Operation,
  outputOf,
  presentInputs,
  refusal,
} from '../operation.ts';
import {
  type OptionsTable,
  packOptions,
  shapeOptions,
  transposeOptions,
  unpackOptions,
} from '../options.ts';
import { checkStatic, constantOf, type Value, wholeNumbers } from '../values.ts';
import { makeReshaped, reshaped } from './reshaping.ts';

/** The same elements under the output's shape; of a constant a constant. */
function viewAs(operation: Operation, graph: GraphBuilder, input: Value, output: Value): void {
  if (input.bytes === undefined) {
    graph.node('reshape', [input], [output], { shape: output.shape });
    return;
  }
  if (elementCount(input.shape) !== elementCount(output.shape)) {
    throw refusal(operation, {
      what: 'shape has another number of elements',
      expected: formatShape(input.shape),
      received: formatShape(output.shape),
    });
  }
  graph.define({ ...input, name: output.name, shape: output.shape });
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS: the output's shape is what the file says; what leads to it has to be constant. */
export function view(options: OptionsTable): Mapping {
  return {
    options,
    inputs: [1, 2],
    outputs: [1, 1],
    convert(operation, graph) {
      if (operation.inputs[1] !== undefined) numbersOf(operation, 1);
      viewAs(operation, graph, inputOf(operation, 0), outputOf(operation));
    },
  };
}

/** SHAPE, which is known beforehand. */
export const shape: Mapping<typeof shapeOptions.schema> = {
  options: shapeOptions,
  inputs: [1, 1],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    checkStatic(input, operation.where);
    graph.define(constantOf(outputOf(operation), input.shape, [input.shape.length]));
  },
};

/** TRANSPOSE; where only axes of one element change places, nothing moves. */
export const transpose: Mapping = {
  options: transposeOptions,
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    const [input, output] = [inputOf(operation, 0), outputOf(operation)];
    const rank = input.shape.length;
    const permutation = numbersOf(operation, 1).map((axis) => axisOf(operation, axis, rank));
    if (permutation.length !== rank || new Set(permutation).size !== rank) {
      throw refusal(operation, {
        what: 'not a permutation of the axes',
        expected: `each of ${rank} axes once`,
        received: permutation.slice(0, 16).join(', ') || 'none',
      });
    }
    const moving = permutation.filter((axis) => input.shape[axis] !== 1);
    if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) {
      return viewAs(operation, graph, input, output);
    }
    // Axes of one element do not count towards those that kernels loop over.
    const kept = [...moving].sort((a, b) => a - b);
    const extents = (axes: readonly number[]) => axes.map((axis) => input.shape[axis] as number);
    const source = reshaped(graph, input, extents(kept));
    makeReshaped(graph, output, extents(moving), (result) => {
      graph.node('transpose', [source], [result], {
        permutation: moving.map((axis) => kept.indexOf(axis)),
      });
    });
  },
};

/** A shape with an axis of one element put in. */
const withAxis = (extents: readonly number[], axis: number) => [
  ...extents.slice(0, axis),
  1,
  ...extents.slice(axis),
];

/** PACK: tensors one upon another along a new axis; of constant whole numbers a constant. */
export const pack: Mapping<typeof packOptions.schema> = {
  options: packOptions,
  inputs: [1, 10],
  outputs: [1, 1],
  convert(operation, graph) {
    const output = outputOf(operation);
    const values = presentInputs(operation);
    const [first] = values as [Value];
    const axis = axisOf(operation, operation.options.axis, first.shape.length + 1);
    if (first.shape.length === 0 && values.every(({ bytes }) => bytes !== undefined)) {
      const numbers = values.flatMap((value) => wholeNumbers(value, operation.where));
      graph.define(constantOf(output, numbers, [numbers.length]));
      return;
    }
    const parts = values.map((value) => reshaped(graph, value, withAxis(value.shape, axis)));
    if (parts.length === 1) return viewAs(operation, graph, first, output);
    graph.node('concat', parts, [output], { axis });
  },
};

/** UNPACK: one tensor for each place along an axis. */
export const unpack: Mapping<typeof unpackOptions.schema> = {
  options: unpackOptions,
  inputs: [1, 1],
  outputs: [1, 10],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const axis = axisOf(operation, operation.options.axis, input.shape.length);
    const { outputs } = operation;
    const piece = input.shape.map((extent, i) => (i === axis ? 1 : extent));
    if (outputs.length === 1) return viewAs(operation, graph, input, outputOf(operation));
    const pieces = outputs.map((output) => graph.temporary(output, piece));
    graph.node('split', [input], pieces, { axis, sizes: outputs.map(() => 1) });
    outputs.forEach((output, i) => {
      graph.node('reshape', [pieces[i] as Value], [output], { shape: output.shape });
    });
  },
};
