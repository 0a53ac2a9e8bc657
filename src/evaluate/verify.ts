import type { PortDescription } from '../compile/description.ts';
import { checkSamples, type Samples } from '../data/dataset.ts';
import { selectIndices, subset } from '../data/select.ts';
import { WickError } from '../errors.ts';
import { setIoTypes } from '../graph/passes/set-io-types.ts';
import type { ActivationData, Graph } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';
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
}

/**
 * Proves that both modules of a model give the same output bytes for all samples, and the naive reference for a seeded
 * choice of them, with float32 inputs and outputs where the modules have them. Throws a WickError that names the sample and the
 * output at the first byte that differs, and where there is no sample: that would prove nothing.
 */
export function verify(
  graph: Graph,
  scalar: LoadedModel,
  simd: LoadedModel,
  samples: Samples,
  seed: number,
): Verification {
  checkSamples(samples, `samples for '${graph.name}'`);
  if (samples.count === 0) {
    throw new WickError({
      what: 'nothing to verify with',
      where: graph.name,
      expected: 'at least one sample',
      received: 'none',
    });
  }
  const outputs = inferAll(scalar, samples, 'model.wasm');
  const simdOutputs = inferAll(simd, samples, 'model.simd.wasm');
  const length = outputs.length / samples.count;
  const outputOf = (all: ActivationData, index: number) =>
    all.subarray(index * length, (index + 1) * length);
  for (let index = 0; index < samples.count; index++) {
    expectEqual('model.simd.wasm', index, outputOf(simdOutputs, index), outputOf(outputs, index));
  }

  const indices = selectIndices(samples.count, referenceSamples, seed);
  const chosen = subset(samples, indices);
  // `inferAll` has seen to it that there is one of each.
  const [port] = scalar.description.inputs as [PortDescription];
  const [output] = scalar.description.outputs as [PortDescription];
  const input = samplesAsInput(chosen, port, graph.name);
  const compiled = setIoTypes(graph, { inputType: port.dtype, outputType: output.dtype });
  const run = createReference(compiled);
  indices.forEach((index, i) => {
    run.reset();
    const expected = run([input(i)]).get(output.name) ?? new Int8Array(0);
    expectEqual('model.wasm', index, outputOf(outputs, index), expected);
  });
  return { samples: samples.count, referenceSamples: indices.length };
}

function expectEqual(
  module: string,
  sample: number,
  actual: ActivationData,
  expected: ActivationData,
): void {
  const length = Math.max(actual.length, expected.length);
  const index = Array.from({ length }).findIndex((_, i) => !Object.is(actual[i], expected[i]));
  if (index < 0) return;
  throw new WickError({
    what: `output ${index} differs`,
    where: `${module}, sample ${sample}`,
    expected: `${expected[index]}`,
    received: `${actual[index]}`,
    hint: 'this is a bug in wick: please report it with the model',
  });
}
