import { link, placeCalls } from '../../../src/compile/link.ts';
import type { Optimize, Variant } from '../../../src/ops/op.ts';
import { createLayout } from '../../../test/support/layout.ts';
import { type Engine, timeCalls } from './engine.ts';
import type { LayerInstance } from './instance.ts';

/**
 * A module of this one layer, linked as `compile` links a model, where its tensors lie, and its bytes without the weights.
 */
export function linkKernel(instance: LayerInstance, variant: Variant, optimize: Optimize) {
  const call = instance.lower(variant, optimize);
  // Below 1024 lies nothing: the linker's passes count on it (see setLowMemoryUnused).
  const { reserve, end } = createLayout(1024);
  const weights = reserve(call.weights.length);
  const inputs = instance.inputs.map(({ length }) => reserve(length));
  const output = reserve(instance.expected.length);
  const scratch = reserve(call.scratchBytes);
  const wasm = link({
    variant,
    calls: placeCalls([call], {
      inputs: (_, index) => inputs[index] as number,
      outputs: () => output,
      scratch: () => scratch,
      weights: () => weights,
      state: () => 0,
    }),
    inputs,
    outputs: [output],
    data: { address: weights, bytes: call.weights },
    memoryBytes: end(),
    description: '{}',
    debug: false,
  });
  return { wasm, inputs, output, codeBytes: wasm.length - call.weights.length };
}

function open(instance: LayerInstance, variant: Variant) {
  const { wasm, inputs, output } = linkKernel(instance, variant, 'speed');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { memory, infer } = exports as { memory: WebAssembly.Memory; infer: () => number };
  instance.inputs.forEach((input, index) => {
    new Int8Array(memory.buffer).set(input, inputs[index]);
  });
  return {
    async output() {
      infer();
      return new Int8Array(memory.buffer.slice(output, output + instance.expected.length));
    },
    layersPerRun: 1,
    round: async () => ({ run: timeCalls(infer, 4), besides: 0 }),
    close: async () => {},
  };
}

const engine = (name: string, variant: Variant): Engine => ({
  name,
  open: async (instance) => [open(instance, variant)],
});

/** The kernels as `compile` links them: v128 for hosts, and scalar for every engine, here run by V8. */
export const wickEngines: readonly Engine[] = [
  engine('wick-v128', 'simd'),
  engine('wick-scalar', 'scalar'),
];
