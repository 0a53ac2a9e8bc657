import type { PortDescription } from '../../src/compile/description.ts';
import type { ActivationData } from '../../src/graph/types.ts';
import type { LoadedModel } from '../../src/runtime/model.ts';

/** A model without a module: what it answers is a function of its first input, and nothing runs. */
export function fakeModel(options: {
  readonly inputs?: readonly PortDescription[];
  readonly outputs?: readonly PortDescription[];
  readonly labels?: readonly string[];
  readonly answer: (input: ActivationData) => readonly number[];
}): LoadedModel {
  const { inputs = [port()], outputs = [port()], labels = [], answer } = options;
  return {
    description: {
      abiVersion: 1,
      rounding: 'double',
      name: 'fake',
      inputs,
      outputs,
      labels,
      parameters: 0,
      macs: 0,
      arenaBytes: 0,
      stateBytes: 0,
      weightsSha256: '',
      weights: 'embedded',
    },
    reset: () => {},
    infer: ([input = new Int8Array(0)]) => {
      const values = answer(input);
      const isFloat = outputs[0]?.dtype === 'float32';
      return [isFloat ? Float32Array.from(values) : Int8Array.from(values)];
    },
    exports: {
      memory: new WebAssembly.Memory({ initial: 0 }),
      infer: () => 0,
      input: () => 0,
      output: () => 0,
    },
  };
}

/** A port of a model: one int8 image of 2x2 pixels that maps bytes one to one, where nothing else is said. */
export function port(changes: Partial<PortDescription> = {}): PortDescription {
  const scale = Math.fround(1 / 255);
  return {
    name: 'port',
    shape: [1, 2, 2, 1],
    dtype: 'int8',
    scale,
    zeroPoint: -128,
    ...changes,
  };
}
