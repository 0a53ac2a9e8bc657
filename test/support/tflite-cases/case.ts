import type { OperatorFixture, TensorFixture } from '../tflite.ts';

/** A node that an operator has to become. */
export interface ExpectedNode {
  readonly op: string;
  readonly attributes: object;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** Says of one operator which nodes it has to become. */
export type Becomes = (
  title: string,
  operator: OperatorFixture,
  tensors: Readonly<Record<string, TensorFixture>>,
  ...nodes: readonly ExpectedNode[]
) => void;

/** An operator that makes y. */
export function toY(
  op: string,
  inputs: readonly string[],
  options?: OperatorFixture['options'],
): OperatorFixture {
  return { op, inputs, outputs: ['y'], ...(options === undefined ? {} : { options }) };
}

/** As many zeros. */
export function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

/** Constant int8 weights with a scale for each index of an axis. */
export function weights(shape: readonly number[], axis: number): TensorFixture {
  const scale = new Array<number>(shape[axis] ?? 0).fill(0.25);
  return { shape, scale, axis, data: zeros(shape.reduce((a, b) => a * b, 1)) };
}

/** A constant int32 bias. */
export function bias(count: number): TensorFixture {
  return { shape: [count], type: 'INT32', data: zeros(count) };
}
