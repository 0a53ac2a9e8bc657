import type { KernelCall } from '../op.ts';

/** Whether an argument of a call is an address in its weights. */
export function isInWeights(call: KernelCall, index: number): boolean {
  const argument = call.arguments[index];
  return typeof argument === 'object' && 'weights' in argument;
}

/** An argument of a call as a number, undefined where it is an address. */
export function numberAt(call: KernelCall, index: number): number | undefined {
  const argument = call.arguments[index];
  if (typeof argument !== 'object') return argument;
  return 'isWeights' in argument ? Number(isInWeights(call, argument.isWeights)) : undefined;
}
