import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { applyOptimizer, type Optimizer } from '../../../src/train/optimizer.ts';
import { anySeed, expectClose, kernels, noise, place, read, reset } from './harness.ts';

const count = 20;
const steps = 5;

/** The gradient of step `t`: any sequence will do, as long as both sides see the same. */
const gradientAt = (seed: number, t: number) => noise(count, seed + t);

function runKernel(optimizer: Optimizer, seed: number): Float32Array {
  reset();
  const parameters = place(noise(count, seed));
  const state = [place(new Float32Array(count)), place(new Float32Array(count))] as const;
  for (let t = 1; t <= steps; t++) {
    const gradients = place(gradientAt(seed, t));
    applyOptimizer(kernels, optimizer, { parameters, gradients, state, count }, t);
  }
  return read(parameters, count);
}

/** Runs `update` for each parameter by itself; it returns what to subtract, and keeps its state in `state`. */
function runFormula(
  seed: number,
  update: (p: number, g: number, t: number, state: [number, number]) => number,
): number[] {
  return Array.from(noise(count, seed), (initial, i) => {
    const state: [number, number] = [0, 0];
    let p = initial;
    for (let t = 1; t <= steps; t++) {
      p -= update(p, gradientAt(seed, t)[i] as number, t, state);
    }
    return p;
  });
}

const rates = fc.double({ min: 1e-4, max: 0.5, noNaN: true });
const decays = fc.constantFrom(0, 1e-3, 0.1);

describe('SGD', () => {
  it('follows v = momentum * v + g, p = p - rate * v', () => {
    fc.assert(
      fc.property(anySeed, rates, fc.constantFrom(0, 0.5, 0.9), decays, (seed, rate, mu, decay) => {
        const optimizer = {
          type: 'sgd',
          learningRate: rate,
          momentum: mu,
          weightDecay: decay,
        } as const;
        const expected = runFormula(seed, (p, g, _, state) => {
          state[0] = mu * state[0] + (g + decay * p);
          return rate * state[0];
        });
        expectClose(runKernel(optimizer, seed), expected);
      }),
    );
  });

  it('has neither momentum nor weight decay by default', () => {
    const expected = runFormula(1, (_, g) => 0.1 * g);
    expectClose(runKernel({ type: 'sgd', learningRate: 0.1 }, 1), expected);
  });
});

describe('Adam', () => {
  const formula =
    (rate: number, beta1: number, beta2: number, epsilon: number, decay: number) =>
    (p: number, gradient: number, t: number, state: [number, number]) => {
      const g = gradient + decay * p;
      state[0] = beta1 * state[0] + (1 - beta1) * g;
      state[1] = beta2 * state[1] + (1 - beta2) * g * g;
      const mean = state[0] / (1 - beta1 ** t);
      const square = state[1] / (1 - beta2 ** t);
      return (rate * mean) / (Math.sqrt(square) + epsilon);
    };

  it('follows the bias-corrected moments of Kingma and Ba', () => {
    fc.assert(
      fc.property(
        anySeed,
        rates,
        fc.constantFrom(1e-8, 1e-3),
        decays,
        (seed, rate, epsilon, decay) => {
          const optimizer = {
            type: 'adam',
            learningRate: rate,
            beta1: 0.8,
            beta2: 0.99,
            epsilon,
            weightDecay: decay,
          } as const;
          const expected = runFormula(seed, formula(rate, 0.8, 0.99, epsilon, decay));
          expectClose(runKernel(optimizer, seed), expected);
        },
      ),
    );
  });

  it('has beta1 0.9, beta2 0.999, epsilon 1e-8 and no weight decay by default', () => {
    const expected = runFormula(1, formula(0.01, 0.9, 0.999, 1e-8, 0));
    expectClose(runKernel({ type: 'adam', learningRate: 0.01 }, 1), expected);
  });
});
