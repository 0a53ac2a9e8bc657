import type { Random } from '../../src/random.ts';

/** A sample of the standard normal distribution (Box–Muller). Its last bits may differ from host to host. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}
