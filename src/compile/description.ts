import type { DType } from '../graph/types.ts';
import type { Optimize } from '../ops/op.ts';

/** The version of the ABI between a module and its host; a host refuses a module of another. */
export const abiVersion = 1;

/** The requantization of every artifact: round to nearest twice, ties away from zero, as TFLM does by default. */
export const roundingMode = 'double';

/** An input or output of a compiled model, as a host needs it. */
export interface PortDescription {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What the custom section `wick` of a module says (JSON). */
export interface ModuleDescription {
  readonly abiVersion: number;
  readonly rounding: typeof roundingMode;
  readonly name: string;
  readonly inputs: readonly PortDescription[];
  readonly outputs: readonly PortDescription[];
  readonly labels: readonly string[];
  /** Trained values: weights and biases. */
  readonly parameters: number;
  readonly macs: number;
  readonly arenaBytes: number;
  /** SHA-256 of the canonical int8 and int32 weight bytes, in hexadecimal; the same in every layout. */
  readonly weightsSha256: string;
}

/** One node of the compiled model. */
export interface LayerDescription {
  readonly name: string;
  readonly op: string;
  /** The kernel of the scalar module; null where the layer costs nothing. */
  readonly kernel: string | null;
  readonly outputShape: readonly number[];
  readonly macs: number;
  readonly parameters: number;
  /** Bytes of packed weights and constants in the device layout. */
  readonly weightsBytes: number;
  readonly scratchBytes: number;
  /** Bytes of the tensor buffers that are in use while this layer runs, each rounded up to its alignment. */
  readonly liveBytes: number;
}

/** A piece of the arena, over the layers (inclusive indices into `layers`) in which it is used. */
export interface BufferDescription {
  readonly name: string;
  readonly kind: 'tensor' | 'scratch';
  readonly offset: number;
  readonly bytes: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
}

/** `model.json`: everything about a compiled model but its weights. */
export interface ModelDescription extends ModuleDescription {
  readonly optimize: Optimize;
  /** Bytes of `weights.bin`: weights and constants in the device layout. */
  readonly weightsBytes: number;
  /** Bytes of the int8 weights and int32 biases themselves. */
  readonly canonicalWeightsBytes: number;
  /** Bytes of `model.wasm` without its data segments. */
  readonly wasmBytes: number;
  readonly simdWasmBytes: number;
  readonly layers: readonly LayerDescription[];
  readonly buffers: readonly BufferDescription[];
}
