import { WickError } from '../errors.ts';
import type { KernelCall, Optimize, Variant } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { nodeTitle } from '../ops/support/title.ts';

/** The kernel call of each layer, null where a layer costs nothing. */
export function lowerLayers(
  layers: readonly Layer[],
  variant: Variant,
  optimize: Optimize,
): readonly (KernelCall | null)[] {
  return layers.map(({ op, context, parameters }) => {
    try {
      return op.lower(parameters, variant, optimize);
    } catch (error) {
      if (!(error instanceof WickError)) throw error;
      throw new WickError({ ...error.problem, where: nodeTitle(context) });
    }
  });
}
