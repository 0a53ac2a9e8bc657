import {
  inputOf,
  type Mapping,
  numbersOf,
  type Operation,
  outputOf,
  refusal,
} from '../operation.ts';
import { mirrorPadOptions, type OptionsTable, padV2Options } from '../options.ts';
import type { Value } from '../values.ts';

/** [before, after] for each axis, from the constant [axes, 2] behind the tensor. */
function paddingPairs(operation: Operation): readonly (readonly [number, number])[] {
  const numbers = numbersOf(operation, 1);
  const rank = inputOf(operation, 0).shape.length;
  if (numbers.length !== 2 * rank || numbers.some((number) => number < 0)) {
    throw refusal(operation, {
      what: 'paddings do not fit the tensor',
      expected: `${rank} pairs, each from 0 on`,
      received: numbers.slice(0, 16).join(', ') || 'none',
    });
  }
  return Array.from({ length: rank }, (_, axis) => [
    numbers[2 * axis] as number,
    numbers[2 * axis + 1] as number,
  ]);
}

/** PAD: with zeros. */
export function pad(options: OptionsTable): Mapping {
  return {
    options,
    inputs: [2, 2],
    outputs: [1, 1],
    convert(operation, graph) {
      graph.node('pad', [inputOf(operation, 0)], operation.outputs, {
        padding: paddingPairs(operation),
        mode: 'constant',
        value: 0,
      });
    },
  };
}

/** The real value of the constant to pad with, which has the output's quantization. Source: TFLM `pad.cc`. */
function padValue(operation: Operation, constant: Value): number {
  const { name, type, bytes, shape, quantization } = constant;
  const output = outputOf(operation);
  const [scale = 1] = output.quantization?.scale ?? [];
  const [zeroPoint = 0] = output.quantization?.zeroPoint ?? [];
  const sameQuantization =
    quantization?.scale[0] === output.quantization?.scale[0] &&
    quantization?.zeroPoint[0] === output.quantization?.zeroPoint[0];
  if (bytes !== undefined && type === output.type && shape.every((extent) => extent === 1)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (type === 'FLOAT32' && bytes.length === 4) return view.getFloat32(0, true);
    if (type === 'INT8' && bytes.length === 1 && sameQuantization) {
      return scale * (view.getInt8(0) - zeroPoint);
    }
  }
  throw refusal(operation, {
    what: `'${name}' is not a value to pad with`,
    expected: "one constant of the output's type and quantization",
    received: `${bytes === undefined ? 'an activation' : 'a constant'}, ${type}`,
  });
}

/** PADV2: with a value. */
export const padV2: Mapping = {
  options: padV2Options,
  inputs: [3, 3],
  outputs: [1, 1],
  convert(operation, graph) {
    graph.node('pad', [inputOf(operation, 0)], operation.outputs, {
      padding: paddingPairs(operation),
      mode: 'constant',
      value: padValue(operation, inputOf(operation, 2)),
    });
  },
};

/** The modes of MIRROR_PAD by their numbers (`MirrorPadMode`). */
export const mirrorModes = ['reflect', 'symmetric'] as const;

/** MIRROR_PAD. */
export const mirrorPad: Mapping<typeof mirrorPadOptions.schema> = {
  options: mirrorPadOptions,
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    const { mode } = operation.options;
    const name = mirrorModes[mode];
    if (name === undefined) {
      throw refusal(operation, {
        what: 'mode is not known',
        expected: '0 or 1',
        received: `${mode}`,
      });
    }
    graph.node('pad', [inputOf(operation, 0)], operation.outputs, {
      padding: paddingPairs(operation),
      mode: name,
    });
  },
};
