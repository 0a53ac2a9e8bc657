import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { KernelCall, NodeContext, Op } from './op.ts';
import { type Border, borderCodes, checkBorder, placeOf } from './support/border.ts';
import { roundHalfAway } from './support/fixedpoint.ts';
import { perTensor } from './support/quantized.ts';
import { checkRank, maxRank, rowMajorSteps } from './support/strided.ts';
import { nodeTitle } from './support/title.ts';

interface PadAttributes {
  readonly padding: readonly (readonly [number, number])[];
  readonly mode: Border;
  readonly value: number;
}

/** The parameters of a pad. */
export interface PadParameters {
  readonly inputShape: readonly number[];
  readonly before: readonly number[];
  readonly outputShape: readonly number[];
  readonly mode: Border;
  /** What `constant` pads with, quantized. */
  readonly value: number;
}

function inferShapes(context: Omit<NodeContext<PadAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const { shape } = context.inputs[0] as Tensor;
  const { padding, mode } = context.attributes;
  checkRank(where, shape);
  if (padding.length !== shape.length) {
    throw new WickError({
      what: "'padding' does not fit the input",
      where,
      expected: `${shape.length} pairs for an input of ${formatShape(shape)}`,
      received: `${padding.length}`,
    });
  }
  return [
    shape.map((extent, axis) => {
      const [before, after] = padding[axis] as readonly [number, number];
      checkBorder(where, `${axis}`, extent, [before, after], mode);
      return before + extent + after;
    }),
  ];
}

function fill<T extends Int8Array | Float32Array>(
  { inputShape, before, outputShape, mode }: Omit<PadParameters, 'value'>,
  value: number,
  input: T,
  output: T,
): T {
  const inputSteps = rowMajorSteps(inputShape);
  const outputSteps = rowMajorSteps(outputShape);
  for (let index = 0; index < output.length; index++) {
    let source: number | undefined = 0;
    outputShape.forEach((size, axis) => {
      const i = Math.floor(index / (outputSteps[axis] as number)) % size;
      const place = placeOf(i - (before[axis] as number), inputShape[axis] as number, mode);
      source =
        source === undefined || place === undefined
          ? undefined
          : source + place * (inputSteps[axis] as number);
    });
    output[index] = source === undefined ? value : (input[source] as number);
  }
  return output;
}

function geometry(context: NodeContext<PadAttributes>): Omit<PadParameters, 'value'> {
  return {
    inputShape: (context.inputs[0] as Tensor).shape,
    before: context.attributes.padding.map(([before]) => before),
    outputShape: (context.outputs[0] as Tensor).shape,
    mode: context.attributes.mode,
  };
}

/** An axis of a pad: sizes of input and output and the pad before. */
type Axis = readonly [input: number, before: number, output: number];

function lower({ inputShape, before, outputShape, mode, value }: PadParameters): KernelCall {
  const axes = inputShape.map((extent, axis): Axis => {
    return [extent, before[axis] as number, outputShape[axis] as number];
  });
  // Axes at the end that are not padded lie in one piece.
  let block = 1;
  while (axes.length > 1) {
    const [input, , output] = axes.at(-1) as Axis;
    if (input !== output) break;
    block *= input;
    axes.pop();
  }
  if (mode === 'constant') {
    const [input, first, output] = axes.pop() as Axis;
    axes.push([input * block, first * block, output * block]);
  }
  while (axes.length < maxRank) axes.unshift([1, 0, 1]);
  return {
    kernel: mode === 'constant' ? 'padConstant' : 'padBorder',
    arguments: [
      { input: 0 },
      { output: 0 },
      ...axes.map(([input]) => input),
      ...axes.map(([, first]) => first),
      ...axes.map(([, , output]) => output),
      ...(mode === 'constant' ? [value] : [block, borderCodes[mode]]),
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  };
}

/**
 * Elements before and behind each axis (`padding`: a pair an axis): `value`, a real number, or the mirror image of the
 * input, without (`reflect`) or with (`symmetric`) its border, or its border again and again (`edge`), or its other end
 * (`wrap`). Sources: TFLM `reference_ops::Pad`, `mirror_pad.cc`; NumPy `pad` for the last two.
 */
export const pad: Op<PadAttributes, PadParameters> = {
  name: 'pad',
  attributes: strictObject({
    padding: v.array(v.tuple([wholeNumber(0), wholeNumber(0)])),
    mode: v.optional(v.picklist(['constant', 'reflect', 'symmetric', 'edge', 'wrap']), 'constant'),
    value: v.optional(v.pipe(v.number(), v.finite()), 0),
  }),
  inputCount: [1, 1],
  inferShapes,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare(context) {
    const { scale, zeroPoint } = perTensor(nodeTitle(context), context.outputs[0] as Tensor);
    const quantized = zeroPoint + roundHalfAway(context.attributes.value / scale);
    return { ...geometry(context), value: Math.min(127, Math.max(-128, quantized)) };
  },
  reference: (parameters, inputs) =>
    fill(
      parameters,
      parameters.value,
      inputs[0] as Int8Array,
      new Int8Array(elementCount(parameters.outputShape)),
    ),
  referenceFloat(context, inputs) {
    const shapes = geometry(context);
    const output = new Float32Array(elementCount(shapes.outputShape));
    return fill(shapes, context.attributes.value, inputs[0] as Float32Array, output);
  },
  lower,
  inPlace: () => false,
};
