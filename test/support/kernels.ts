import binaryen from 'binaryen';
import { bindEmbeddedWeights, defineMemory } from '../../src/compile/bindings.ts';
import { kernelFiles, placeCalls } from '../../src/compile/link.ts';
import { align } from '../../src/compile/plan.ts';
import { readKernelFile } from '../../src/kernels.ts';
import type { KernelCall, Op, State, Variant } from '../../src/ops/op.ts';
import { createState } from '../../src/ops/support/state.ts';
import { createLayout } from './layout.ts';

const memoryPages = 256;

interface BoundKernels {
  readonly memory: WebAssembly.Memory;
  readonly exports: Record<string, (...args: number[]) => void>;
}

/** Every prebuilt kernel of a variant with weights bound to linear memory, called with run-time arguments. */
function bindAll(variant: Variant): BoundKernels {
  const module = binaryen.readBinary(readKernelFile(kernelFiles[variant]));
  bindEmbeddedWeights(module);
  defineMemory(module, memoryPages, { address: 0, bytes: new Uint8Array(0) });
  binaryen.setOptimizeLevel(2);
  module.optimize();
  const bytes = new Uint8Array(module.emitBinary());
  module.dispose();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  return {
    memory: exports.memory as WebAssembly.Memory,
    exports: exports as unknown as BoundKernels['exports'],
  };
}

const bound = new Map<Variant, BoundKernels>();

function boundKernels(variant: Variant): BoundKernels {
  const known = bound.get(variant) ?? bindAll(variant);
  bound.set(variant, known);
  return known;
}

/** What surrounds every region in memory, so that a write outside of the output shows. */
const canary = 0x5a;

/**
 * Runs one kernel call on int8 inputs and returns its output; of several outputs the values one output after another.
 * Throws where it wrote outside of its outputs, scratch and state. With `inPlace` the first output starts that many bytes
 * before the first input, in whose place it lies. The arrays of `state` are overwritten with what the kernel leaves.
 */
export function runCall(
  call: KernelCall,
  variant: Variant,
  inputs: readonly Int8Array[],
  outputLength: number | readonly number[],
  inPlace: number | undefined = undefined,
  state: State = [],
): Int8Array {
  const lengths = typeof outputLength === 'number' ? [outputLength] : outputLength;
  const { memory, exports } = boundKernels(variant);
  const bytes = new Uint8Array(memory.buffer);
  const layout = createLayout(64, 64);
  const { reserve } = layout;
  const inputAddresses = inputs.map((input, i) =>
    inPlace !== undefined && i === 0
      ? inPlace + reserve(Math.max(inPlace + input.length, lengths[0] ?? 0))
      : reserve(input.length),
  );
  const weights = reserve(call.weights.length);
  const outputs = lengths.map((length, i) =>
    inPlace !== undefined && i === 0 ? (inputAddresses[0] as number) - inPlace : reserve(length),
  );
  const scratch = reserve(call.scratchBytes);
  const stateAddresses = state.map(({ byteLength }) => reserve(byteLength));
  const end = layout.end();
  if (end > bytes.length) throw new RangeError(`the case needs ${end} bytes`);

  bytes.fill(canary, 0, end);
  inputs.forEach((input, i) => {
    new Int8Array(memory.buffer).set(input, inputAddresses[i]);
  });
  bytes.set(call.weights, weights);
  state.forEach((values, i) => {
    bytes.set(bytesOf(values), stateAddresses[i]);
  });
  const before = bytes.slice(0, end);
  const [placed] = placeCalls([call], {
    inputs: (_, index) => inputAddresses[index] as number,
    outputs: (_, index) => outputs[index] as number,
    scratch: () => scratch,
    weights: () => weights,
    state: (_, index) => stateAddresses[index] as number,
  });
  exports[call.kernel]?.(...(placed?.arguments ?? []));

  const results = outputs.map((output, i) => {
    const end = output + (lengths[i] as number);
    const result = new Int8Array(memory.buffer.slice(output, end));
    bytes.set(before.subarray(output, end), output);
    return result;
  });
  bytes.set(before.subarray(scratch, scratch + call.scratchBytes), scratch);
  state.forEach((values, i) => {
    const address = stateAddresses[i] as number;
    bytesOf(values).set(bytes.subarray(address, address + values.byteLength));
    bytes.set(before.subarray(address, address + values.byteLength), address);
  });
  const stray = bytes.subarray(0, end).findIndex((byte, address) => byte !== before[address]);
  if (stray >= 0)
    throw new Error(`${call.kernel} wrote outside of its output, at ${stray - (outputs[0] ?? 0)}`);
  return results.length === 1
    ? (results[0] as Int8Array)
    : Int8Array.from(results.flatMap((result) => [...result]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: State[number]) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** How every test names a kernel's variants: the device layouts of the scalar one, and v128. */
export const kernelVariants = [
  { name: 'scalar, for size', variant: 'scalar', optimize: 'size' },
  { name: 'scalar, for speed', variant: 'scalar', optimize: 'speed' },
  { name: 'v128', variant: 'simd', optimize: 'size' },
] as const;

/** A call of an op's kernel that can be run. */
export interface KernelRun {
  /** The variant's name, and whether the output lies where the input lies. */
  readonly name: string;
  /** The kernel's export. */
  readonly kernel: string;
  /** The output, see {@link runCall}. */
  run(): Int8Array;
}

/** The part of an op that its kernels are run by. */
export type KernelOp<P> = Pick<
  Op<never, P>,
  'name' | 'lower' | 'inPlace' | 'inPlaceDistance' | 'state'
>;

/**
 * The runs of one kernel variant of an op: in place too where the op allows that, none where the op costs nothing. Of an op
 * with state each run starts anew, with the inferences of `before`.
 */
export function kernelRuns<P>(
  op: KernelOp<P>,
  { name, variant, optimize }: (typeof kernelVariants)[number],
  parameters: P,
  inputs: readonly Int8Array[],
  outputLength: number | readonly number[],
  before: readonly (readonly Int8Array[])[] = [],
): readonly KernelRun[] {
  const call = op.lower(parameters, variant, optimize);
  if (call === null) return [];
  const { kernel } = call;
  const run = (inPlace: number | undefined) => () => {
    const state = createState(op.state?.(parameters) ?? []);
    for (const earlier of before) runCall(call, variant, earlier, outputLength, undefined, state);
    return runCall(call, variant, inputs, outputLength, inPlace, state);
  };
  const apart = { name, kernel, run: run(undefined) };
  const ahead = op.inPlaceDistance?.(parameters);
  const least = ahead && align(ahead.least, ahead.multipleOf);
  const distance = op.inPlace(parameters) ? 0 : least;
  return distance === undefined
    ? [apart]
    : [apart, { name: `${name}, in place`, kernel, run: run(distance) }];
}
