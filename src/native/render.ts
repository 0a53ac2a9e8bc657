import { at } from '../compile/at.ts';
import type { LaidOut } from '../compile/lay-out.ts';
import { concatenateWeights, placeCalls } from '../compile/link.ts';
import { align } from '../compile/plan.ts';
import type { NativeKernels } from './kernels.ts';

export function renderModel(
  { graph, layers, calls, arena, state }: LaidOut,
  native: NativeKernels,
) {
  const weights = concatenateWeights(calls);
  const stateStart = align(arena.arenaBytes);
  const memoryBytes = stateStart + state.stateBytes;
  const address = (name: string) => arena.tensorOffsets.get(name) as number;
  const placed = placeCalls(calls, {
    inputs: (layer, index) => address(at(at(layers, layer).activations, index).name),
    outputs: (layer, index) => address(at(at(layers, layer).context.outputs, index).name),
    scratch: (layer) => at(arena.scratchOffsets, layer),
    weights: (layer) => at(weights.offsets, layer),
    state: (layer, index) => stateStart + at(at(state.places, layer), index).offset,
  });
  const layerFns = calls.map((call, layer) => {
    const name = native.functionOf[layer];
    const body =
      call === null || name === undefined
        ? ''
        : `${name}(${call.arguments
            .flatMap((argument, k) => {
              if (typeof argument === 'number') return [];
              const region = 'weights' in argument ? 'WICK_WEIGHTS' : 'WICK_MEMORY';
              return [`${region}(${placed[layer]?.arguments[k]}u)`];
            })
            .join(', ')});`;
    return `static void wick_layer_${layer}(void) { ${body} }`;
  });
  const code = `#include "wick_model.h"
#include "wick_runtime.h"
${native.code}
${layerFns.join('\n')}
void wick_infer(void) {
${calls.map((_, i) => `  wick_layer_${i}();`).join('\n')}
}
`;
  return {
    code,
    weights: weights.bytes,
    memoryBytes,
    inputs: graph.inputs.map(address),
    outputs: graph.outputs.map(address),
  };
}
