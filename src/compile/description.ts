import * as v from 'valibot';
import { ioTypes } from '../graph/types.ts';
import { wholeNumber } from '../schema.ts';

/** The version of the ABI between a module and its host; a host refuses a module of another. */
export const abiVersion = 1;

/** The requantization of every artifact: round to nearest twice, ties away from zero, as TFLM does by default. */
export const roundingMode = 'double';

/** How a module gets at its weights; docs/artifacts.md says what each is for. */
export const weightBindings = ['embedded', 'stream', 'xip'] as const;

/** One of {@link weightBindings}. */
export type WeightBinding = (typeof weightBindings)[number];

const count = wholeNumber(0);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 hexadecimal digits'));
const shape = v.pipe(v.array(wholeNumber(1)), v.readonly());
const listOf = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());

const portSchema = v.pipe(
  v.object({
    name: v.string(),
    shape,
    dtype: v.picklist(ioTypes),
    /** Of float32 values those of the int8 tensor that they become, or come from: what lies beyond its range saturates. */
    scale: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    zeroPoint: wholeNumber(-128, 127),
  }),
  v.readonly(),
);

/** An input or output of a compiled model, as a host needs it. */
export type PortDescription = v.InferOutput<typeof portSchema>;

const moduleEntries = {
  abiVersion: v.literal(abiVersion),
  rounding: v.literal(roundingMode),
  name: v.string(),
  inputs: listOf(portSchema),
  outputs: listOf(portSchema),
  labels: listOf(v.string()),
  /** Trained values: weights and biases. */
  parameters: count,
  macs: count,
  arenaBytes: count,
  /** Bytes behind the arena that the model keeps from one inference to the next; 0 where it has no `reset`. */
  stateBytes: count,
  /** SHA-256 of the canonical int8 and int32 weight bytes, in hexadecimal; the same in every layout. */
  weightsSha256: sha256,
  weights: v.picklist(weightBindings),
  /** The file that a host gives the module its weights from; undefined where they are embedded. */
  weightsFile: v.optional(v.pipe(v.object({ bytes: count, sha256 }), v.readonly())),
};

/** The schema of what the custom section `wick` of a module says (JSON). */
export const moduleDescriptionSchema = v.pipe(v.object(moduleEntries), v.readonly());

/** What the custom section `wick` of a module says. */
export type ModuleDescription = v.InferOutput<typeof moduleDescriptionSchema>;

const layerSchema = v.pipe(
  v.object({
    name: v.string(),
    op: v.string(),
    /** The kernel of the scalar module; null where the layer costs nothing. */
    kernel: v.nullable(v.string()),
    outputShape: shape,
    macs: count,
    parameters: count,
    /** Bytes of packed weights and constants in the device layout. */
    weightsBytes: count,
    scratchBytes: count,
    /** Bytes that the layer keeps from one inference to the next, not in the arena. */
    stateBytes: count,
    /** Bytes of the tensor buffers that are in use while this layer runs, each rounded up to its alignment. */
    liveBytes: count,
  }),
  v.readonly(),
);

/** One node of the compiled model. */
export type LayerDescription = v.InferOutput<typeof layerSchema>;

const tensorSchema = v.pipe(
  v.object({
    name: v.string(),
    /** The layer that writes it, an index into `layers`; null of an input of the model. */
    layer: v.nullable(count),
    shape,
    dtype: v.string(),
    /** real = scale * (value - zeroPoint), where the values are quantized. */
    scale: v.optional(v.number()),
    zeroPoint: v.optional(v.pipe(v.number(), v.safeInteger())),
    /** Where it lies in linear memory once its layer has run, until the next one runs. */
    address: count,
    bytes: count,
  }),
  v.readonly(),
);

/** An activation of a compiled model. */
export type TensorDescription = v.InferOutput<typeof tensorSchema>;

/** The schema of what the custom section `wick.debug` of a module with `run_layer` says (JSON). */
export const debugDescriptionSchema = v.pipe(
  v.object({
    variant: v.picklist(['scalar', 'simd']),
    layers: listOf(layerSchema),
    /** Inputs first, then the outputs of each layer, in the order of the layers. */
    tensors: listOf(tensorSchema),
  }),
  v.readonly(),
);

/** What the custom section `wick.debug` of a module says. */
export type DebugDescription = v.InferOutput<typeof debugDescriptionSchema>;

const bufferSchema = v.pipe(
  v.object({
    name: v.string(),
    kind: v.picklist(['tensor', 'scratch']),
    offset: count,
    bytes: count,
    firstLayer: count,
    lastLayer: count,
  }),
  v.readonly(),
);

/** A piece of the arena, over the layers (inclusive indices into `layers`) in which it is used. */
export type BufferDescription = v.InferOutput<typeof bufferSchema>;

const streamSchema = v.pipe(
  v.object({
    /** Linear memory through which the weights pass: RAM beside the arena and the state. */
    windowBytes: count,
    /** The smallest window in which no layer has its weights read more than once. */
    wholeLayersBytes: count,
    /** Host calls of one inference. */
    callsPerInference: count,
    /** Bytes that they copy. */
    bytesPerInference: count,
  }),
  v.readonly(),
);

/** What streaming its weights costs a model. */
export type StreamDescription = v.InferOutput<typeof streamSchema>;

/** The schema of `model.json`. */
export const modelDescriptionSchema = v.pipe(
  v.object({
    ...moduleEntries,
    optimize: v.picklist(['speed', 'size']),
    /** Bytes of `weights.bin`: weights and constants in the device layout. */
    weightsBytes: count,
    /** Bytes of the int8 weights and int32 biases themselves. */
    canonicalWeightsBytes: count,
    /** Bytes of `model.wasm` without its data segments. */
    wasmBytes: count,
    simdWasmBytes: count,
    /**
     * The largest sum, over the layers, of live tensors and the layer's scratch, or the longest chain of tensors that
     * overwrite each other: no placement of these takes less.
     */
    lowerBoundBytes: count,
    /** The name of the layer with the largest sum. */
    peakLayer: v.string(),
    /** Of `model.wasm`, where its weights are streamed. */
    stream: v.optional(streamSchema),
    layers: listOf(layerSchema),
    buffers: listOf(bufferSchema),
  }),
  v.readonly(),
);

/** `model.json`: everything about a compiled model but its weights. */
export type ModelDescription = v.InferOutput<typeof modelDescriptionSchema>;
