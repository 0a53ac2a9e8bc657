import {
  activationOf,
  inputOf,
  type Mapping,
  type Operation,
  presentInputs,
  refusal,
} from '../operation.ts';
import {
  leakyReluOptions,
  maximumMinimumOptions,
  type OptionsTable,
  softmaxOptions,
} from '../options.ts';
import type { Value } from '../values.ts';

/** The two operands, a constant one behind: ops take it there. */
function operandsOf(operation: Operation): readonly Value[] {
  const [first, second] = [inputOf(operation, 0), inputOf(operation, 1)];
  return first.bytes !== undefined && second.bytes === undefined
    ? [second, first]
    : [first, second];
}

/** ADD, SUB and MUL, with broadcasting and a fused activation. */
export function arithmetic(op: string, options: OptionsTable): Mapping {
  return {
    options,
    inputs: [2, 2],
    outputs: [1, 1],
    convert(operation, graph) {
      const { fusedActivationFunction } = operation.options;
      const activation = activationOf(operation, Number(fusedActivationFunction));
      const operands = op === 'sub' ? presentInputs(operation) : operandsOf(operation);
      if (operands[0]?.bytes !== undefined) {
        throw refusal(operation, {
          what: 'an activation is subtracted from a constant',
          expected: 'the constant as the second input',
          received: `'${operands[0].name}' as the first one`,
          hint: 'multiply by -1 and add the constant',
        });
      }
      graph.node(op, operands, operation.outputs, { activation });
    },
  };
}

/** MAXIMUM and MINIMUM, with broadcasting. */
export function extremum(op: string): Mapping {
  return {
    options: maximumMinimumOptions,
    inputs: [2, 2],
    outputs: [1, 1],
    convert(operation, graph) {
      graph.node(op, operandsOf(operation), operation.outputs);
    },
  };
}

/** Operators of one tensor without settings. */
export function unary(op: string, options?: OptionsTable): Mapping {
  return {
    ...(options === undefined ? {} : { options }),
    inputs: [1, 1],
    outputs: [1, 1],
    convert(operation, graph) {
      graph.node(op, presentInputs(operation), operation.outputs);
    },
  };
}

/** LEAKY_RELU. */
export const leakyRelu: Mapping<typeof leakyReluOptions.schema> = {
  options: leakyReluOptions,
  inputs: [1, 1],
  outputs: [1, 1],
  convert(operation, graph) {
    const { alpha } = operation.options;
    graph.node('leaky_relu', presentInputs(operation), operation.outputs, { alpha });
  },
};

/** PRELU with constant slopes. */
export const prelu: Mapping = {
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    graph.node('prelu', presentInputs(operation), operation.outputs);
  },
};

/** SOFTMAX over the last axis. */
export const softmax: Mapping<typeof softmaxOptions.schema> = {
  options: softmaxOptions,
  inputs: [1, 1],
  outputs: [1, 1],
  convert(operation, graph) {
    const { beta } = operation.options;
    graph.node('softmax', presentInputs(operation), operation.outputs, { beta });
  },
};
