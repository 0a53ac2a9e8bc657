import {
  activationOf,
  axisOf,
  type GraphBuilder,
  inputOf,
  type Mapping,
  numberOf,
  numbersOf,
  type Operation,
  outputOf,
  presentInputs,
  refusal,
} from '../operation.ts';
import {
  concatenationOptions,
  sliceOptions,
  splitOptions,
  splitVOptions,
  stridedSliceOptions,
} from '../options.ts';
import { constantOf, type Value, wholeNumbers } from '../values.ts';
import { type AxisRange, stridedRanges } from './ranges.ts';
import { makeReshaped } from './reshaping.ts';

/** Throws a WickError where a list has not a number for each axis. */
function checkLength(
  operation: Operation,
  what: string,
  numbers: readonly number[],
  rank: number,
): void {
  if (numbers.length === rank) return;
  throw refusal(operation, {
    what: `'${what}' does not fit the tensor`,
    expected: `${rank} numbers`,
    received: `${numbers.length}`,
  });
}

/** The picked elements under the output's shape; of constant whole numbers a constant. */
function slice(
  operation: Operation,
  graph: GraphBuilder,
  input: Value,
  ranges: readonly AxisRange[],
): void {
  const output = outputOf(operation);
  if (input.bytes !== undefined && ranges.length === 1) {
    const [{ begin, size, stride }] = ranges as [AxisRange];
    const numbers = wholeNumbers(input, operation.where);
    const picked = Array.from({ length: size }, (_, i) => numbers[begin + i * stride] as number);
    graph.define(constantOf(output, picked, output.shape));
    return;
  }
  const size = ranges.map((range) => range.size);
  const isWhole = ranges.every(
    ({ stride, size: count }, axis) => (stride === 1 || count === 1) && count === input.shape[axis],
  );
  if (isWhole) {
    graph.node('reshape', [input], [output], { shape: output.shape });
    return;
  }
  makeReshaped(graph, output, size, (result) => {
    graph.node('strided_slice', [input], [result], {
      begin: ranges.map((range) => range.begin),
      size,
      strides: ranges.map((range) => range.stride),
    });
  });
}

/** SLICE; a size of -1 leads to the end. */
export const slicing: Mapping = {
  options: sliceOptions,
  inputs: [3, 3],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const [begin, sizes] = [numbersOf(operation, 1), numbersOf(operation, 2)];
    checkLength(operation, 'begin', begin, input.shape.length);
    checkLength(operation, 'size', sizes, input.shape.length);
    const ranges = input.shape.map((extent, axis) => {
      const first = begin[axis] as number;
      const size = sizes[axis] === -1 ? extent - first : (sizes[axis] as number);
      if (first < 0 || size < 1 || first + size > extent) {
        throw refusal(operation, {
          what: `slice leaves the tensor along axis ${axis}`,
          expected: `places from 0 to ${extent - 1}`,
          received: `${size} from ${first}`,
        });
      }
      return { begin: first, size, stride: 1 };
    });
    slice(operation, graph, input, ranges);
  },
};

/** STRIDED_SLICE with all its masks. */
export const stridedSlice: Mapping<typeof stridedSliceOptions.schema> = {
  options: stridedSliceOptions,
  inputs: [4, 4],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const [begin, end, strides] = [
      numbersOf(operation, 1),
      numbersOf(operation, 2),
      numbersOf(operation, 3),
    ];
    checkLength(operation, 'end', end, begin.length);
    checkLength(operation, 'strides', strides, begin.length);
    slice(operation, graph, input, stridedRanges(operation, input.shape, { begin, end, strides }));
  },
};

/** SPLIT: equal pieces. The axis is the first input. */
export const split: Mapping<typeof splitOptions.schema> = {
  options: splitOptions,
  inputs: [2, 2],
  outputs: [1, 10],
  convert(operation, graph) {
    const input = inputOf(operation, 1);
    const axis = axisOf(operation, numberOf(operation, 0), input.shape.length);
    const count = operation.outputs.length;
    const size = (input.shape[axis] as number) / count;
    if (!Number.isInteger(size)) {
      throw refusal(operation, {
        what: `axis ${axis} cannot be split into equal pieces`,
        expected: `a multiple of ${count}`,
        received: `${input.shape[axis]}`,
      });
    }
    const sizes = new Array<number>(count).fill(size);
    graph.node('split', [input], operation.outputs, { axis, sizes });
  },
};

/** SPLIT_V: pieces of given sizes, of which one may be left open (-1). */
export const splitV: Mapping<typeof splitVOptions.schema> = {
  options: splitVOptions,
  inputs: [3, 3],
  outputs: [1, 10],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const axis = axisOf(operation, numberOf(operation, 2), input.shape.length);
    const given = numbersOf(operation, 1);
    checkLength(operation, 'size_splits', given, operation.outputs.length);
    const rest = given.reduce(
      (left, size) => left - Math.max(size, 0),
      input.shape[axis] as number,
    );
    const sizes = given.map((size) => (size === -1 ? rest : size));
    graph.node('split', [input], operation.outputs, { axis, sizes });
  },
};

/** CONCATENATION; of constant whole numbers a constant. */
export const concatenation: Mapping<typeof concatenationOptions.schema> = {
  options: concatenationOptions,
  inputs: [1, 10],
  outputs: [1, 1],
  convert(operation, graph) {
    const { options } = operation;
    const values = presentInputs(operation);
    const output = outputOf(operation);
    if (activationOf(operation, options.fusedActivationFunction) !== 'none') {
      throw refusal(operation, { what: 'fused activation is not supported', expected: 'NONE' });
    }
    const axis = axisOf(operation, options.axis, inputOf(operation, 0).shape.length);
    if (values.every(({ bytes, type }) => bytes !== undefined && type !== 'INT8')) {
      const matrix = values.find(({ shape }) => shape.length !== 1);
      if (matrix !== undefined) {
        throw refusal(operation, {
          what: `'${matrix.name}' is a constant of whole numbers that is no list`,
          expected: 'one axis',
          received: `${matrix.shape.length}`,
        });
      }
      const numbers = values.flatMap((value) => wholeNumbers(value, operation.where));
      graph.define(constantOf(output, numbers, [numbers.length]));
      return;
    }
    graph.node('concat', values, [output], { axis });
  },
};
