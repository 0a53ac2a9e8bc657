import type { StreamDescription } from './description.ts';
import type { StreamPlan } from './stream.ts';

/**
 * What streaming costs a linked module: its inference is run once and its host calls are counted. No address of a weight
 * depends on a value, but in tables, and those are read whole, so that every inference makes the same calls.
 */
export function describeStream(
  { windowBytes, wholeLayersBytes }: StreamPlan,
  wasm: Uint8Array,
  weights: Uint8Array,
): StreamDescription {
  let callsPerInference = 0;
  let bytesPerInference = 0;
  const read_weights = (dst: number, offset: number, len: number): void => {
    callsPerInference += 1;
    bytesPerInference += len;
    const memory = exports.memory as WebAssembly.Memory;
    new Uint8Array(memory.buffer).set(weights.subarray(offset, offset + len), dst);
  };
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const { exports } = new WebAssembly.Instance(module, { wick: { read_weights } });
  (exports.infer as () => number)();
  return { windowBytes, wholeLayersBytes, callsPerInference, bytesPerInference };
}
