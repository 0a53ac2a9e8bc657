import { at } from '../compile/at.ts';
import type { LaidOut } from '../compile/lay-out.ts';
import { concatenateWeights, placeCalls } from '../compile/link.ts';
import { align } from '../compile/plan.ts';
import type { NativeFunction, NativeModule } from './link.ts';

export function renderModel(
  { graph, layers, calls, arena, state }: LaidOut,
  native: NativeModule,
  text: string,
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
  const lines = native.functions.map(wrapper);
  const layerFns = calls.map((call, layer) => {
    const index = native.functionOf[layer];
    const body =
      call === null || index === undefined
        ? ''
        : `run_${index}(${call.arguments
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
uint8_t __attribute__((aligned(8))) wick_memory[WICK_MEMORY_BYTES];
${text}
${lines.join('\n')}
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

function wrapper({ name, arguments: values }: NativeFunction, index: number): string {
  const pointers = values.flatMap((v, k) => (typeof v === 'number' ? [] : [k]));
  return `__attribute__((noipa)) static void run_${index}(${pointers.map((k) => `u32 p${k}`).join(', ')}) {
  w2c_${name}(0${values.map((v, k) => (typeof v === 'number' ? ', 0' : `, p${k}`)).join('')});
}`;
}
