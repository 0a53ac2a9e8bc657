import * as v from 'valibot';
import { strictObject } from '../schema.ts';
import type { Kernels } from './engine/kernels.ts';

const rate = v.pipe(v.number(), v.finite(), v.gtValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const weightDecay = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)));

/** The optimizers and their settings, as a configuration file states them. */
export const optimizerSchema = v.variant('type', [
  strictObject({
    type: v.literal('sgd'),
    learningRate: rate,
    momentum: v.optional(fraction),
    weightDecay,
  }),
  strictObject({
    type: v.literal('adam'),
    learningRate: rate,
    beta1: v.optional(fraction),
    beta2: v.optional(fraction),
    epsilon: v.optional(rate),
    weightDecay,
  }),
]);

/**
 * Gradient descent with momentum (default 0), or Adam (Kingma and Ba 2014; defaults beta1 0.9, beta2 0.999, epsilon
 * 1e-8). Weight decay (default 0) is L2: it is added to the gradient of every parameter, as PyTorch does.
 */
export type Optimizer = v.InferOutput<typeof optimizerSchema>;

/** Where the numbers of one step lie. */
export interface OptimizerMemory {
  readonly parameters: number;
  readonly gradients: number;
  /** Two buffers of the parameters' size, which start as zeros and belong to the optimizer. */
  readonly state: readonly [number, number];
  /** Numbers to update, a multiple of 4. */
  readonly count: number;
}

/** Updates the parameters from their gradients. `step` counts from 1 over the whole training. */
export function applyOptimizer(
  kernels: Pick<Kernels, 'sgdStep' | 'adamStep'>,
  optimizer: Optimizer,
  { parameters, gradients, state, count }: OptimizerMemory,
  step: number,
): void {
  const { learningRate, weightDecay = 0 } = optimizer;
  if (optimizer.type === 'sgd') {
    const { momentum = 0 } = optimizer;
    kernels.sgdStep(parameters, gradients, state[0], count, learningRate, momentum, weightDecay);
    return;
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimizer;
  const correction2 = Math.sqrt(1 - beta2 ** step);
  kernels.adamStep(
    parameters,
    gradients,
    ...state,
    count,
    (learningRate * correction2) / (1 - beta1 ** step),
    beta1,
    beta2,
    epsilon * correction2,
    weightDecay,
  );
}
