import { createKernelMemory, ensureBytes, instantiateKernels, type Kernels } from './kernels.ts';
import { packParameter, parameterBytes, unpackParameter } from './parameters.ts';
import type { Area, Argument, ParameterSlot, Place, Plan, Run, Step } from './plan.ts';

/** A plan with memory: what a session runs. A batch is `count` images, at most the plan's batch size. */
export interface Engine {
  readonly kernels: Kernels;
  /** The address of a place, for one image of the batch. */
  address(place: Place, image?: number): number;
  floats(place: Place, image: number, length: number): Float32Array;
  bytes(place: Place, length: number): Uint8Array;
  forward(count: number): void;
  /** Adds the gradients of the batch to those in the area `gradients`, from the gradient of the logits. */
  backward(count: number): void;
  /** Addresses of the `index`-th buffer of the optimizer's state, as large as the parameters. */
  state(index: 0 | 1): number;
  clearGradients(): void;
}

/** How many buffers of the size of the parameters optimizers need: Adam keeps two. */
const stateBuffers = 2;

/** Gives a plan its memory and kernels. */
export function createEngine(plan: Plan): Engine {
  const memory = createKernelMemory();
  const kernels = instantiateKernels(memory);
  const align = (bytes: number) => Math.ceil(bytes / 64) * 64;
  let end = align(kernels.heapBase());
  const take = (bytes: number): number => {
    const start = end;
    end = align(end + bytes);
    return start;
  };
  const states = plan.areaBytes.gradients > 0 ? stateBuffers : 0;
  const base: Record<Area, number> = {
    parameters: take(plan.areaBytes.parameters),
    gradients: take(plan.areaBytes.gradients),
    activations: take(plan.areaBytes.activations),
    scratch: take(plan.areaBytes.scratch),
  };
  const firstState = take(states * plan.areaBytes.parameters);
  ensureBytes(memory, end);

  const address = (place: Place, image = 0) =>
    base[place.area] + place.offset + image * place.imageBytes;
  const bind = (step: Step) => bindStep(step, kernels, address);
  const runs = plan.runs.map((run) => ({
    scope: run.scope,
    forward: run.forward.map(bind),
    backward: run.backward.map(bind),
  }));
  const prepareBackward = plan.prepareBackward.map(bind);
  const backwardRuns = [...runs].reverse();

  return {
    kernels,
    address,
    floats: (place, image, length) =>
      new Float32Array(memory.buffer, address(place, image), length),
    bytes: (place, length) => new Uint8Array(memory.buffer, address(place), length),
    forward(count) {
      for (const { scope, forward } of runs) execute(scope, forward, count);
    },
    backward(count) {
      for (const step of prepareBackward) step(0, count);
      for (const { scope, backward } of backwardRuns) execute(scope, backward, count);
    },
    state: (index) => firstState + index * plan.areaBytes.parameters,
    clearGradients() {
      kernels.clear(base.gradients, plan.areaBytes.gradients);
    },
  };
}

type BoundStep = (image: number, count: number) => void;

/** Takes each image through all steps while it is in the cache, or the whole batch through one step after the other. */
function execute(scope: Run['scope'], steps: readonly BoundStep[], count: number): void {
  const images = scope === 'image' ? count : 1;
  for (let image = 0; image < images; image++) {
    for (const step of steps) step(image, count);
  }
}

/** A step as a function, with the addresses worked out but for the image. */
function bindStep(step: Step, kernels: Kernels, address: (place: Place) => number): BoundStep {
  const kernel = kernels[step.kernel];
  const isPlace = (argument: Argument): argument is Place => typeof argument === 'object';
  const values = step.arguments.map((argument) =>
    isPlace(argument) ? address(argument) : argument === 'count' ? 0 : argument,
  );
  const moving = step.arguments.flatMap((argument, index) =>
    isPlace(argument) && argument.imageBytes > 0
      ? [{ index, start: address(argument), imageBytes: argument.imageBytes }]
      : [],
  );
  const counts = step.arguments.flatMap((argument, index) => (argument === 'count' ? [index] : []));
  return (image, count) => {
    for (const { index, start, imageBytes } of moving) values[index] = start + image * imageBytes;
    for (const index of counts) values[index] = count;
    kernel(...values);
  };
}

/** Copies a parameter of the graph into the engine. */
export function writeParameter(engine: Engine, slot: ParameterSlot, data: Float32Array): void {
  packParameter(slot.layout, data, panelsOf(engine, 'parameters', slot));
}

/** Copies a parameter, or its gradient, out of the engine, in the graph's order. */
export function readParameter(
  engine: Engine,
  area: 'parameters' | 'gradients',
  slot: ParameterSlot,
): Float32Array {
  return unpackParameter(slot.layout, panelsOf(engine, area, slot));
}

function panelsOf(engine: Engine, area: Area, { layout, offset }: ParameterSlot): Float32Array {
  return engine.floats({ area, offset, imageBytes: 0 }, 0, parameterBytes(layout) / 4);
}
