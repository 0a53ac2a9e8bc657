// Random convolutions that pad by the image itself, each with the same one over a copy whose border is written out.
import fc from 'fast-check';
import { int8, int8Weight, outputStages, values } from './oracle.ts';

/** The padding modes that show the image again. */
export const modes = ['reflect', 'replicate', 'circular'] as const;
/** One of {@link modes}. */
export type Mode = (typeof modes)[number];
type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

/** How far a mode may pad an axis. */
const most = (mode: Mode, extent: number) =>
  ({ reflect: extent - 1, replicate: 4, circular: extent })[mode];

/** The place that place i of an axis shows, from the periods of the pattern. */
function shown(i: number, extent: number, mode: Mode): number {
  if (mode === 'replicate') return Math.min(Math.max(i, 0), extent - 1);
  if (mode === 'circular') return (i + extent) % extent;
  return extent - 1 - Math.abs(extent - 1 - Math.abs(i));
}

/** The image with its border written out. */
export function paddedCopy(
  input: Int8Array,
  [height, width, channels]: Triple,
  [top, bottom, left, right]: readonly [number, number, number, number],
  mode: Mode,
): Int8Array {
  const copy: number[] = [];
  for (let y = -top; y < height + bottom; y++) {
    for (let x = -left; x < width + right; x++) {
      const from = (shown(y, height, mode) * width + shown(x, width, mode)) * channels;
      copy.push(...input.subarray(from, from + channels));
    }
  }
  return Int8Array.from(copy);
}

const pairOf = (least: number, greatest: number) =>
  fc.tuple(fc.integer({ min: least, max: greatest }), fc.integer({ min: least, max: greatest }));

/** What both convolutions have in common, as far as the mode and the image allow. */
const windows = fc
  .record({
    mode: fc.constantFrom(...modes),
    image: pairOf(1, 7),
    kernel: pairOf(1, 4),
    stride: pairOf(1, 3),
    dilation: fc.oneof(fc.constant([1, 1] as const), pairOf(1, 3)),
    wanted: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
    inputZeroPoint: int8,
  })
  .map(({ wanted, ...rest }) => {
    const padding = wanted.map((amount, side) =>
      Math.min(amount, most(rest.mode, rest.image[side < 2 ? 0 : 1])),
    ) as [number, number, number, number];
    const outputs = ([0, 1] as const).map((axis) => {
      const padded =
        rest.image[axis] + (padding[2 * axis] as number) + (padding[2 * axis + 1] as number);
      const extent = (rest.kernel[axis] - 1) * rest.dilation[axis] + 1;
      return Math.floor((padded - extent) / rest.stride[axis]) + 1;
    }) as [number, number];
    return { ...rest, padding, outputs };
  })
  .filter(({ outputs }) => outputs.every((count) => count >= 1));

const biases = (channels: number) =>
  fc
    .array(fc.integer({ min: -(2 ** 16), max: 2 ** 16 }), {
      minLength: channels,
      maxLength: channels,
    })
    .map((list) => Int32Array.from(list));

type Shape = typeof windows extends fc.Arbitrary<infer T> ? T : never;

/** The parameters with a padding mode, and those of the same convolution over the padded copy. */
function bothWays<P extends object>(
  { mode, padding, stride, dilation, kernel, inputZeroPoint, outputs, image }: Shape,
  inputs: number,
  channels: number,
  rest: P,
) {
  const [top, bottom, left, right] = padding;
  const common = {
    ...rest,
    ...{ kernel, stride, dilation, inputZeroPoint },
    outputShape: [...outputs, channels] as const,
  };
  const padded = [image[0] + top + bottom, image[1] + left + right, inputs] as const;
  return {
    withMode: {
      ...common,
      inputShape: [...image, inputs] as const,
      padding: { top, left },
      paddingMode: mode,
    },
    overCopy: { ...common, inputShape: padded, padding: { top: 0, left: 0 } },
  };
}

/** Any conv2d that its image and its mode allow. */
export const convolutions = windows.chain((shape) =>
  fc
    .record({
      groups: fc.integer({ min: 1, max: 2 }),
      groupInputs: fc.integer({ min: 1, max: 3 }),
      groupOutputs: fc.integer({ min: 1, max: 5 }),
    })
    .chain(({ groups, groupInputs, groupOutputs }) => {
      const [inputs, channels] = [groups * groupInputs, groups * groupOutputs];
      return fc
        .record({
          input: values(int8, size([...shape.image, inputs])),
          weights: values(int8Weight, channels * shape.kernel[0] * shape.kernel[1] * groupInputs),
          bias: biases(channels),
          output: outputStages(channels),
        })
        .map(({ input, ...rest }) => ({
          input,
          shape,
          ...bothWays(shape, inputs, channels, { ...rest, groups }),
        }));
    }),
);

/** Any depthwise_conv2d, alike. */
export const depthwiseConvolutions = windows.chain((shape) =>
  fc
    .record({
      inputs: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 7, max: 17 })),
      multiplier: fc.integer({ min: 1, max: 3 }),
    })
    .chain(({ inputs, multiplier }) => {
      const channels = inputs * multiplier;
      return fc
        .record({
          input: values(int8, size([...shape.image, inputs])),
          weights: values(int8Weight, channels * shape.kernel[0] * shape.kernel[1]),
          bias: biases(channels),
          output: outputStages(channels),
        })
        .map(({ input, ...rest }) => ({
          input,
          shape,
          ...bothWays(shape, inputs, channels, rest),
        }));
    }),
);
