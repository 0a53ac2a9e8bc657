import { describe, expect, it } from 'vitest';
import { planArena } from '../../src/compile/buffers.ts';
import { lowerLayers } from '../../src/compile/lower.ts';
import { lowerBound } from '../../src/compile/plan.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { adToycar, icResnet8, kwsDscnn, vwwMobilenet } from '../support/tiny-models.ts';

describe('the arena of a reference model of MLPerf Tiny', () => {
  it.each([
    ['kws_dscnn', kwsDscnn, 16_000, 512, 'pointwise0'],
    ['ic_resnet8', icResnet8, 49_152, 1_152, 'second16'],
    ['vww_mobilenet', vwwMobilenet, 55_296, 64, 'pointwise0'],
    ['ad_toycar', adToycar, 768, 0, 'dense0'],
  ] as const)(
    '%s is what its peak layer needs, no byte more',
    (_, create, tensors, scratch, peak) => {
      const graph = create();
      const layers = prepareGraph(graph);
      const calls = lowerLayers(layers, 'scalar', 'size');
      const { arenaBytes, lowerBoundBytes, peakLayer, buffers } = planArena(graph, layers, calls);
      expect(lowerBound(buffers.filter(({ kind }) => kind === 'tensor'))).toBe(tensors);
      expect(layers[peakLayer]?.context.name).toBe(peak);
      expect(calls[peakLayer]?.scratchBytes).toBe(scratch);
      expect({ arenaBytes, lowerBoundBytes }).toEqual({
        arenaBytes: tensors + scratch,
        lowerBoundBytes: tensors + scratch,
      });
    },
  );
});
