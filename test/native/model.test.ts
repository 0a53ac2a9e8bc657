import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setIoTypes } from '../../src/graph/passes/set-io-types.ts';
import type { ActivationData, Graph } from '../../src/graph/types.ts';
import { checkModes } from '../../src/native/kernels.ts';
import { type NativeOptions, translateModel } from '../../src/native/model.ts';
import { createRandom } from '../../src/random.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { exportCases } from '../support/export-cases.ts';
import { readGolden } from '../support/golden.ts';
import { runOnHost } from '../support/native-host.ts';
import { randomInputs, smallClassifier } from '../support/networks.ts';
import { createOpNetwork } from '../support/op-network.ts';
import { referenceFolder } from '../support/reference.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install gcc libc6-dev (Debian)';
const present = requireTool('gcc', install);

const bytes = (data: readonly ActivationData[]) =>
  data.flatMap((values) => [
    ...new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]);

/** What the reference gives for inputs one after another. */
function expected(graph: Graph, samples: readonly (readonly ActivationData[])[]): number[] {
  const reference = createReference(graph);
  return samples.flatMap((inputs) => {
    const values = reference(inputs);
    return bytes(graph.outputs.map((name) => values.get(name) as ActivationData));
  });
}

const someInputs = (graph: Graph) => {
  const random = createRandom(7);
  return [1, 2, 3].map(() => randomInputs(graph, random));
};

/** Compiles and runs a graph as C, and compares every output byte. */
function expectEqual(
  graph: Graph,
  samples: readonly (readonly ActivationData[])[],
  options: NativeOptions,
) {
  const outputs = runOnHost(translateModel(graph, options), samples);
  expect([...outputs]).toEqual(expected(graph, samples));
}

describe.skipIf(!present)(titleWithTool('a model as C, on this machine', present, install), () => {
  // Compiled with all warnings as errors, run with addresses and undefined behaviour checked.
  it.each(exportCases)("gives the reference's bytes: $title", ({ graph }) => {
    const samples = someInputs(graph);
    expectEqual(graph, samples, { checks: 'access', optimize: 'size' });
    expectEqual(graph, samples, { checks: 'none', optimize: 'speed' });
  });

  it.each(
    checkModes.flatMap((checks) => [
      { checks, optimize: 'size' as const },
      { checks, optimize: 'speed' as const },
    ]),
  )('gives them for a whole network, checks $checks, optimized for $optimize', (options) => {
    const graph = smallClassifier(3);
    expectEqual(graph, someInputs(graph), options);
  });

  it('reads no integer at an address that is no multiple of its bytes, as a Cortex-M0+ demands', () => {
    const net = createOpNetwork(1, { name: 'six channels' });
    const attributes = {
      kernel: [2, 2],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      activation: 'none',
    };
    const graph = net.graph([
      net.add('average_pool2d', 'y', [net.input('x', [1, 4, 4, 6])], attributes),
    ]);
    expectEqual(graph, someInputs(graph), {});
  });

  it('has float32 ports where that is asked for', () => {
    const graph = smallClassifier(3);
    const types = { inputType: 'float32', outputType: 'float32' } as const;
    const floats = someInputs(graph).map((inputs) =>
      inputs.map((values) => Float32Array.from(values, (value) => value / 9)),
    );
    expectEqual(setIoTypes(graph, types), floats, {});
    expect([...runOnHost(translateModel(graph, types), floats)]).toEqual(
      expected(setIoTypes(graph, types), floats),
    );
  });

  it("has a memory of exactly its arena's bytes, and of its state's behind them where it has one", () => {
    const net = createOpNetwork(1, { name: 'three channels' });
    const attributes = {
      kernel: [2, 2],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      activation: 'none',
    };
    const x = net.input('x', [1, 5, 5, 3]);
    const { memoryBytes, description } = translateModel(
      net.graph([net.add('average_pool2d', 'y', [x], attributes)]),
    );
    expect(description.arenaBytes % 16).not.toBe(0);
    expect(memoryBytes).toBe(description.arenaBytes);

    for (const { graph } of exportCases) {
      const model = translateModel(graph);
      const { arenaBytes, stateBytes } = model.description;
      const room = stateBytes === 0 ? arenaBytes : Math.ceil(arenaBytes / 16) * 16 + stateBytes;
      expect(model.memoryBytes).toBe(room);
    }
  });

  it('is the same text each time, and names no folder', () => {
    const [first, second] = [1, 2].map(() => translateModel(smallClassifier(3)).files);
    expect(first).toEqual(second);
    for (const text of first?.values() ?? []) expect(text).not.toContain(process.cwd());
  });

  describe.skipIf(referenceFolder === undefined)('golden models', () => {
    it.each(['hello_world', 'kws_dscnn', 'ad_toycar'])(
      "gives TFLM's bytes for all inputs of %s",
      (name) => {
        const {
          graph,
          inputs,
          expected: golden,
        } = readGolden(join(referenceFolder as string, 'golden', name));
        const outputs = runOnHost(translateModel(graph, { checks: 'block' }), inputs);
        const wanted = golden.flatMap((values) =>
          bytes(graph.outputs.map((output) => values.get(output) as Int8Array)),
        );
        expect([...outputs]).toEqual(wanted);
      },
    );
  });
});
