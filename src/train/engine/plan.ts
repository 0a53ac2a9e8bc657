import type { Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../../ops/op.ts';
import type { KernelName } from './kernel-names.generated.ts';
import type { ParameterLayout } from './parameters.ts';

/**
 * The parts of the training memory. `parameters` and the optimizer's state exist once; `gradients`, `activations` and
 * `scratch` once for each worker that computes a shard of the batch.
 */
export type Area = 'parameters' | 'gradients' | 'activations' | 'scratch';

/** A buffer: where it begins in its area, and the bytes from one image's part to the next (0: shared by all). */
export interface Place {
  readonly area: Area;
  readonly offset: number;
  readonly imageBytes: number;
}

/** An argument of a kernel: a number, the address of a place, or the number of images in the batch. */
export type Argument = number | Place | 'count';

/** One kernel call. In a run over images it is made for each image, with the addresses of that image. */
export interface Step {
  readonly kernel: KernelName;
  readonly arguments: readonly Argument[];
}

/** Neighbouring nodes whose steps are taken together: image by image, or once for the whole batch. */
export interface Run {
  readonly scope: 'image' | 'batch';
  readonly forward: readonly Step[];
  /** In the order of execution, so the last node first. */
  readonly backward: readonly Step[];
}

/** A parameter of the graph, and where it lies in both `parameters` and `gradients`. */
export interface ParameterSlot {
  readonly tensor: string;
  readonly layout: ParameterLayout;
  readonly offset: number;
}

/** A float graph lowered for a batch size: a memory layout and lists of kernel calls. Plain data, so it can be sent. */
export interface Plan {
  readonly batchSize: number;
  readonly areaBytes: Readonly<Record<Area, number>>;
  readonly parameters: readonly ParameterSlot[];
  readonly runs: readonly Run[];
  /** What has to be done once before the backward runs. */
  readonly prepareBackward: readonly Step[];
  readonly input: Place;
  readonly inputShape: readonly number[];
  readonly logits: Place;
  readonly logitsGradient: Place;
  readonly classes: number;
  /** The batch's labels, a byte each. */
  readonly labels: Place;
  /** The i32 that counts correct answers. */
  readonly correct: Place;
  /** Where each tensor lies; only those whose `imageBytes` is not 0 outlive their image. */
  readonly values: ReadonlyMap<string, Place>;
}

/** A parameter as a lowering sees it. */
export interface ParameterPlace {
  readonly value: Place;
  readonly gradient: Place;
}

/** What the lowering of a node is given. */
export interface LoweringContext<A> {
  readonly node: NodeContext<A>;
  readonly batchSize: number;
  readonly input: Place;
  readonly output: Place;
  readonly outputGradient: Place;
  /** Null where nothing before this node is trained. */
  readonly inputGradient: Place | null;
  /** The place of a constant input; zeros where the node does not have this input. */
  parameter(index: number, layout: ParameterLayout): ParameterPlace;
  /** Memory whose content does not outlive the node's forward or its backward steps (for one image). */
  scratch(phase: 'forward' | 'backward', bytes: number): Place;
  /** Memory that keeps its content for each image from the forward to the backward pass. */
  saved(bytes: number): Place;
}

/** The kernel calls of one node. */
export interface LoweredNode {
  readonly forward: readonly Step[];
  readonly prepareBackward?: readonly Step[];
  readonly backward: readonly Step[];
}

/** How the training engine handles an op. */
export interface TrainingOp<A = unknown> {
  readonly scope: 'image' | 'batch';
  /** The tensors that the backward steps read again. */
  readonly backwardReads: readonly ('input' | 'output')[];
  /** `shared`: the output is the input's bytes; `inPlace`: it may overwrite them. */
  readonly output: 'own' | 'shared' | 'inPlace';
  lower(context: LoweringContext<A>): LoweredNode;
}

/** The one activation that a node reads. */
export function activationInput(node: NodeContext): Tensor {
  return node.inputs[0] as Tensor;
}
