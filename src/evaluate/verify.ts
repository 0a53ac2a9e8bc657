import type { Samples } from '../data/dataset.ts';
import { selectIndices, subset } from '../data/load.ts';
import { WickError } from '../errors.ts';
import type { Graph } from '../graph/types.ts';
import { quantizeSamples } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';
import { createReference } from '../runtime/reference.ts';
import { inferAll } from './predict.ts';

/** How many samples the naive reference runs: it is slow, and the modules agree on all of them. */
const referenceSamples = 200;

/** What was compared, byte for byte. */
export interface Verification {
  /** Samples that both modules ran. */
  readonly samples: number;
  /** Samples that the naive reference ran as well. */
  readonly referenceSamples: number;
  /** The modules' outputs. */
  readonly outputs: Int8Array;
}

/**
 * Proves that both modules of a model give the same output bytes for all samples, and the naive reference for a seeded
 * choice of them. Throws a WickError at the first byte that differs.
 */
export function verify(
  graph: Graph,
  scalar: LoadedModel,
  simd: LoadedModel,
  samples: Samples,
  seed: number,
): Verification {
  const outputs = inferAll(scalar, samples, 'model.wasm');
  expectEqual('model.simd.wasm', inferAll(simd, samples, 'model.simd.wasm'), outputs);

  const indices = selectIndices(samples.count, referenceSamples, seed);
  const chosen = subset(samples, indices);
  const length = outputs.length / samples.count;
  const [port] = scalar.description.inputs;
  const [output] = graph.outputs;
  if (port === undefined || output === undefined) {
    throw new WickError({ what: 'model has no input or no output', where: graph.name });
  }
  const input = quantizeSamples(chosen, port, graph.name);
  const run = createReference(graph);
  indices.forEach((index, i) => {
    const expected = run([input(i)]).get(output) ?? new Int8Array(0);
    const actual = outputs.subarray(index * length, (index + 1) * length);
    expectEqual(`model.wasm, sample ${index}`, actual, expected);
  });
  return { samples: samples.count, referenceSamples: indices.length, outputs };
}

function expectEqual(where: string, actual: Int8Array, expected: Int8Array): void {
  const index = expected.findIndex((value, i) => value !== actual[i]);
  if (index < 0 && actual.length === expected.length) return;
  throw new WickError({
    what: `output ${index} differs`,
    where,
    expected: `${expected[index]}`,
    received: `${actual[index]}`,
    hint: 'this is a bug in wick: please report it with the model',
  });
}
