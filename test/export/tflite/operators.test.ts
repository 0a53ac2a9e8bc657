import { describe, expect, it } from 'vitest';
import { exportTflite } from '../../../src/export/tflite/export.ts';
import { exporters } from '../../../src/export/tflite/operators.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { weightsSha256 } from '../../../src/graph/weights.ts';
import { readFlatBuffer } from '../../../src/import/tflite/flatbuffer.ts';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { operatorNames } from '../../../src/import/tflite/names.ts';
import { fileIdentifier, modelSchema } from '../../../src/import/tflite/schema.ts';
import { ops } from '../../../src/ops/registry.generated.ts';
import { createRandom } from '../../../src/random.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { exportCases } from '../../support/export-cases.ts';
import { randomInputs } from '../../support/networks.ts';

/** The names of a file's operators, in order. */
function operatorsOf(file: Uint8Array): readonly string[] {
  const { subgraphs, operatorCodes } = readFlatBuffer(file, modelSchema, fileIdentifier, 'file');
  const [main] = subgraphs;
  return (main?.operators ?? []).map(
    ({ opcodeIndex }) => operatorNames[operatorCodes[opcodeIndex]?.builtinCode ?? -1] ?? '',
  );
}

const hasNewBias = ({ nodes }: Graph) =>
  nodes.some(
    ({ op, inputs }) =>
      (/^(depthwise_)?conv2d$/.test(op) && inputs.length < 3) ||
      (op === 'svdf' && inputs.length < 4),
  );

describe('an exported graph', () => {
  it.each(exportCases.map(({ title, ...rest }) => [title, rest] as const))(
    '%s: is read back as a graph of the same bytes',
    (_, { graph, operators }) => {
      const file = exportTflite(graph);
      expect(operatorsOf(file)).toEqual(operators);
      const back = importTflite(file, graph.name, 'file').graph;
      const random = createRandom(9);
      const [before, after] = [createReference(graph), createReference(back)];
      for (let run = 0; run < 4; run++) {
        const inputs = randomInputs(graph, random);
        const expected = before(inputs);
        const actual = after(inputs);
        expect(back.outputs).toEqual(graph.outputs);
        for (const name of graph.outputs) expect(actual.get(name)).toEqual(expected.get(name));
      }
      // A bias of zeros is put where a runtime needs one.
      if (!hasNewBias(graph)) expect(weightsSha256(back)).toBe(weightsSha256(graph));
    },
  );

  it('may have every op', () => {
    expect(Object.keys(exporters)).toEqual([...ops.keys()]);
    const seen = new Set(exportCases.flatMap(({ graph }) => graph.nodes.map(({ op }) => op)));
    expect([...ops.keys()].filter((op) => !seen.has(op))).toEqual(['dequantize']);
  });
});
