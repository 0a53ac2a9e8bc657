import * as v from 'valibot';
import { formatReceived, strictObject, wholeNumber } from '../schema.ts';

/** The most that an axis of a tensor may extend to: far beyond any microcontroller, and no overflow of what follows. */
export const mostExtent = 65_536;
/** The most that a window may span, step or be padded by. */
const mostWindow = 1024;

const channels = wholeNumber(1, mostExtent);
const size = wholeNumber(1, mostWindow);
const border = wholeNumber(0, mostWindow);
/** A size for both axes, or [height, width]. */
const sizes = v.union(
  [size, v.strictTuple([size, size])],
  (issue) =>
    `a whole number from 1 to ${mostWindow} is needed, or [height, width]: received ${formatReceived(issue)}`,
);
/** A border on all sides, [vertical, horizontal] or [top, bottom, left, right]. */
const borders = v.union(
  [border, v.strictTuple([border, border]), v.strictTuple([border, border, border, border])],
  (issue) =>
    `a whole number from 0 to ${mostWindow} is needed, [vertical, horizontal] or [top, bottom, left, right]: received ${formatReceived(issue)}`,
);

/** The schema of each layer type: what a configuration file may say. */
const layerSchemas = {
  conv2d: strictObject({
    type: v.literal('conv2d'),
    outChannels: channels,
    kernelSize: sizes,
    stride: v.optional(sizes),
    padding: v.optional(borders),
    dilation: v.optional(sizes),
    groups: v.optional(channels),
    bias: v.optional(v.boolean()),
  }),
  relu: strictObject({ type: v.literal('relu') }),
  maxPool2d: strictObject({
    type: v.literal('maxPool2d'),
    kernelSize: sizes,
    stride: v.optional(sizes),
  }),
  flatten: strictObject({ type: v.literal('flatten') }),
  dense: strictObject({ type: v.literal('dense'), units: channels, bias: v.optional(v.boolean()) }),
};

type Schemas = typeof layerSchemas;
/** A layer of one type. */
export type LayerOf<T extends keyof Schemas> = v.InferOutput<Schemas[T]>;

/** What the helper of a layer type takes. */
export type LayerSettings<T extends keyof Schemas> = Omit<LayerOf<T>, 'type'>;

/** A layer of a network, as a plain object. */
export type Layer = { [T in keyof Schemas]: LayerOf<T> }[keyof Schemas];

/** The names of the layer types. */
export const layerTypes = Object.keys(layerSchemas) as readonly (keyof Schemas)[];

/** The schema of a list of layers. */
export const layersSchema = v.pipe(
  v.array(
    v.variant(
      'type',
      Object.values(layerSchemas) as unknown as [Schemas['conv2d'], ...Schemas[keyof Schemas][]],
      ({ received }) => `unknown layer type ${received}: known are ${layerTypes.join(', ')}`,
    ),
  ),
  v.minLength(1, 'a network needs at least one layer'),
);
