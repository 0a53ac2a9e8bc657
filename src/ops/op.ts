import type { GenericSchema } from 'valibot';
import type { ActivationData, Attributes, Tensor } from '../graph/types.ts';
import type { Activation } from './support/activation.ts';

/** A node with its tensors resolved and its attributes checked: what an op's functions work on. */
export interface NodeContext<A = Attributes> {
  readonly name: string;
  readonly op: string;
  readonly attributes: A;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The kernel variants: plain Wasm for every engine, or v128 for hosts. */
export type Variant = 'scalar' | 'simd';

/** What the device layout of the weights is chosen for. */
export type Optimize = 'speed' | 'size';

/** One argument of a kernel call: a number known now, or an address that the plan gives. */
export type KernelArgument =
  | number
  | { readonly input: number }
  | { readonly output: number }
  /** An offset into the call's `weights`. */
  | { readonly weights: number }
  /** An offset into the call's scratch memory. */
  | { readonly scratch: number }
  /** An index into what the op says that it keeps ({@link Op.state}). */
  | { readonly state: number }
  /** Whether the call's argument of that index lies in the weights (1) or in memory (0). */
  | { readonly isWeights: number };

/** A call of one exported kernel of `assembly/int8`, with all that it needs at link time. */
export interface KernelCall {
  /** The kernel's export name. */
  readonly kernel: string;
  readonly arguments: readonly KernelArgument[];
  /** Weights and constants in the layout that the kernel wants, 16-byte aligned when linked. */
  readonly weights: Uint8Array;
  readonly scratchBytes: number;
  /** Offsets of those arguments into `weights` from which the kernel reads in an order that depends on values: tables. */
  readonly readByValue?: readonly number[];
}

/** A piece of memory that an op keeps from one inference to the next. Every element starts as `initial`. */
export interface StateTensor {
  readonly dtype: 'int8' | 'int16';
  readonly length: number;
  readonly initial: number;
}

/** The values of an op's state, an array for each of its {@link StateTensor}s. */
export type State = readonly (Int8Array | Int16Array)[];

/** How the quantizer finds the quantization of an op's output. */
export type OutputQuantization =
  /** From the range seen in calibration. */
  | { readonly kind: 'calibrated' }
  /** The output holds values of the first input unchanged, so it shares its scale and zero point. */
  | { readonly kind: 'sameAsInput' }
  /** Fixed by the op, as softmax is. */
  | { readonly kind: 'fixed'; readonly scale: number; readonly zeroPoint: number }
  /** The output is float32 and has none, so that only a graph which is int8 already can have the op. */
  | { readonly kind: 'none' };

/**
 * An operator. `A` is its attributes, `P` its parameters: plain numbers and arrays from which both the reference and
 * the kernels compute. Test vectors state parameters, graphs state tensors; `prepare` goes from one to the other. `I` and
 * `O` are what the int8 op takes and gives: int8 values but for the ops at a graph's borders.
 */
export interface Op<
  A = Attributes,
  P = unknown,
  I extends ActivationData = Int8Array,
  O extends ActivationData = Int8Array,
> {
  readonly name: string;
  readonly attributes: GenericSchema<unknown, A>;
  /** How many inputs the op takes: at least, at most. */
  readonly inputCount: readonly [number, number];
  /** The shapes of the outputs. Throws a WickError that names the node where the inputs do not fit. */
  inferShapes(context: Omit<NodeContext<A>, 'outputs'>): readonly (readonly number[])[];
  /** Multiply-accumulates of one inference. */
  macs(context: NodeContext<A>): number;
  readonly outputQuantization: OutputQuantization;
  /** Whether all inputs have to be quantized alike, because their values are copied or compared as they are. */
  readonly unifiesInputs?: boolean;
  /** Which inputs are weights and bias, and the weights' axis of output channels: the first (0) where none is named. */
  readonly weightInputs?: {
    readonly weights: number;
    readonly bias: number;
    readonly axis?: number;
  };
  /** Whether the attribute `activation` clamps the output, so that an activation behind the op can be fused into it. */
  readonly fusesActivation?: boolean;
  /** The fused activation that stands for this op. */
  readonly activation?: Activation;
  /** The parameters of the int8 op, quantized multipliers included. */
  prepare(context: NodeContext<A>): P;
  /** What the op keeps from one inference to the next; nothing where this is left out. */
  state?(parameters: P): readonly StateTensor[];
  /**
   * The oracle: a naive loop over the inputs (activations only), giving the output, both as the int8 op has them. Where
   * there are several, one follows another in one array (see `splitOutputs`), and so do those of `referenceFloat`. It reads
   * `state` and leaves in it what the next inference starts from; without `state` the inference is the first.
   */
  reference(parameters: P, inputs: readonly I[], state?: State): O;
  /** The float op by a naive loop over all inputs, constants included; of a stateful op the first inference. */
  referenceFloat(context: NodeContext<A>, inputs: readonly Float32Array[]): Float32Array;
  /**
   * Where each output lies in the first input, in bytes, where each is a contiguous piece of it: then nothing need be
   * copied. Undefined where bytes have to move.
   */
  views?(parameters: P): readonly number[] | undefined;
  /**
   * Where each input lies in the output, in bytes, where the output is the inputs one behind another and all are
   * activations: what makes them may then write them there. Undefined where bytes have to move.
   */
  parts?(parameters: P): readonly number[] | undefined;
  /** The kernel call, or null where the output is the input's very bytes. */
  lower(parameters: P, variant: Variant, optimize: Optimize): KernelCall | null;
  /** Whether the output may lie where the first input lies, because no input byte is read after it is overwritten. */
  inPlace(parameters: P): boolean;
  /**
   * Of an op that is not in place: how far before its first input its output has to start, if it is to overwrite that, so
   * that in no variant an input byte is read after it is overwritten. Undefined where it must not.
   */
  inPlaceDistance?(parameters: P): Distance | undefined;
}

/** A distance in bytes: any multiple of `multipleOf` that is at least `least`. */
export interface Distance {
  readonly least: number;
  readonly multipleOf: number;
}

/** Any op, whatever it takes and gives: what a graph's nodes have. */
export type AnyOp = Op<Attributes, unknown, ActivationData, ActivationData>;
