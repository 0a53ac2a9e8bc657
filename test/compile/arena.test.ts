import { describe, expect, it } from 'vitest';
import { findAliases, piecesOf } from '../../src/compile/aliases.ts';
import { planArena } from '../../src/compile/buffers.ts';
import { lowerLayers } from '../../src/compile/lower.ts';
import { lowerBound } from '../../src/compile/plan.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { adToycar, icResnet8, kwsDscnn, vwwMobilenet } from '../support/tiny-models.ts';

/** Of each model: what tensors alone need where no convolution overwrites its input; the arena, and its peak layer. */
const models = [
  ['kws_dscnn', kwsDscnn, 16_000, 11_840, 'depthwise0'],
  ['ic_resnet8', icResnet8, 49_152, 34_448, 'second16'],
  ['vww_mobilenet', vwwMobilenet, 55_296, 38_400, 'depthwise1'],
  ['ad_toycar', adToycar, 768, 768, 'dense0'],
] as const;

describe.each(models)('the arena of %s', (_, create, tensors, arena, peak) => {
  const graph = create();
  const layers = prepareGraph(graph);
  const calls = lowerLayers(layers, 'scalar', 'size');

  it('is no byte more than its lower bound, scratch included', () => {
    const { arenaBytes, lowerBoundBytes, peakLayer } = planArena(graph, layers, calls);
    expect({ arenaBytes, lowerBoundBytes }).toEqual({ arenaBytes: arena, lowerBoundBytes: arena });
    expect(layers[peakLayer]?.context.name).toBe(peak);
  });

  it('would hold the tensors side by side where no convolution overwrote its input', () => {
    const sharing = { pieces: false, ahead: () => false, types: true };
    const { buffers } = findAliases(graph, layers, calls, sharing);
    expect(lowerBound(buffers.flatMap(piecesOf))).toBe(tensors);
  });
});
