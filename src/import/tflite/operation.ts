import { type Problem, WickError } from '../../errors.ts';
import type { Activation } from '../../ops/support/activation.ts';
import type { Schema, Values } from './fields.ts';
import { activationNames } from './names.ts';
import type { OptionsTable } from './options.ts';
import { type Value, wholeNumbers } from './values.ts';

/** An operator of the file with its tensors and options: what a mapping works on. */
export interface Operation<O = unknown> {
  /** How errors name it: the file, the operator's number, name and version, the tensor that it makes. */
  readonly where: string;
  /** An optional input that is left out is undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly options: O;
}

/** The graph that an import builds, as mappings see it. */
export interface GraphBuilder {
  /** Adds a node. Throws a WickError where the op does not take these tensors or attributes. */
  node(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes?: Readonly<Record<string, unknown>>,
  ): void;
  /** A tensor between two nodes: of the same type and quantization as another, with a shape of its own. */
  temporary(like: Value, shape: readonly number[]): Value;
  /** Says that what an operator makes is known already: later operators see this constant instead. */
  define(constant: Value): void;
}

/** How an operator becomes nodes. */
export interface Mapping<S extends Schema = Schema> {
  /** The options that the operator has, if any. */
  readonly options?: OptionsTable<S>;
  /** How many inputs it takes: at least, at most. */
  readonly inputs: readonly [number, number];
  /** How many outputs it has: at least, at most. */
  readonly outputs: readonly [number, number];
  /** Adds the nodes. Throws a WickError that says what is not supported. */
  convert(operation: Operation<Values<S>>, graph: GraphBuilder): void;
}

/** The error of an operation that cannot be imported. */
export function refusal({ where }: Operation, problem: Omit<Problem, 'where'>): WickError {
  return new WickError({ ...problem, where });
}

/** An input that the operator needs. Throws a WickError where it is left out. */
export function inputOf(operation: Operation, index: number): Value {
  const value = operation.inputs[index];
  if (value === undefined) throw refusal(operation, { what: `input ${index} is missing` });
  return value;
}

/** The output of an operator that has one. */
export function outputOf({ outputs }: Operation): Value {
  return outputs[0] as Value;
}

/** The inputs that are there, of the first `count`. */
export function presentInputs({ inputs }: Operation, count = inputs.length): readonly Value[] {
  return inputs.slice(0, count).filter((value) => value !== undefined);
}

/** The whole numbers of an input that has to be a constant. Throws a WickError where it is none. */
export function numbersOf(operation: Operation, index: number): readonly number[] {
  return wholeNumbers(inputOf(operation, index), operation.where);
}

/** The one whole number of an input that has to be a constant. Throws a WickError where it is none. */
export function numberOf(operation: Operation, index: number): number {
  const [number, ...others] = numbersOf(operation, index);
  if (number !== undefined && others.length === 0) return number;
  throw refusal(operation, {
    what: `'${inputOf(operation, index).name}' is not one number`,
    expected: '1',
    received: `${number === undefined ? 0 : others.length + 1}`,
  });
}

/** An axis from 0 on; negative ones count from the last. Throws a WickError where a tensor of this rank has none such. */
export function axisOf(operation: Operation, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive >= 0 && positive < rank) return positive;
  throw refusal(operation, {
    what: 'axis does not fit its tensor',
    expected: `${-rank} to ${rank - 1}`,
    received: `${axis}`,
  });
}

/** The fused activations that ops can carry along, by their names in the file. */
export const activations: Readonly<Record<string, Activation>> = {
  NONE: 'none',
  RELU: 'relu',
  RELU_N1_TO_1: 'relu_n1_to_1',
  RELU6: 'relu6',
};

/** The fused activation of a number. Throws a WickError where no op can carry it along. */
export function activationOf(operation: Operation, code: number): Activation {
  const name = activationNames[code] ?? `${code}`;
  const activation = activations[name];
  if (activation !== undefined) return activation;
  throw refusal(operation, {
    what: 'fused activation is not supported',
    expected: Object.keys(activations).join(', '),
    received: name,
    hint: 'make the activation a layer of its own',
  });
}
