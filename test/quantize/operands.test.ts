import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { checkGraph } from '../../src/graph/check.ts';
import type { Graph, Quantization, Tensor } from '../../src/graph/types.ts';
import { quantizeValue } from '../../src/quantize/parameters.ts';
import { quantize } from '../../src/quantize/quantize.ts';
import { createRandom } from '../../src/random.ts';
import { createFloatReference } from '../../src/runtime/float.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { evaluateFloat } from '../../src/train/train.ts';

const float = (name: string, shape: readonly number[], data?: readonly number[]): Tensor => ({
  name,
  shape,
  dtype: 'float32',
  ...(data === undefined ? {} : { data: Float32Array.from(data) }),
});

/** x (1x4) twice as large, then the greater of that and a constant; beside it x, and its logistic. */
function joining(): Graph {
  const tensors = [
    float('x', [1, 4]),
    float('two', [1], [2]),
    float('double', [1, 4]),
    float('floor', [4], [-1, -0.5, 0, 0.5]),
    float('high', [1, 4]),
    float('gate', [1, 4]),
    float('y', [1, 12]),
  ];
  const node = (op: string, inputs: readonly string[], output: string, attributes = {}) => ({
    name: op,
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    name: 'joining',
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    nodes: [
      node('mul', ['x', 'two'], 'double'),
      node('maximum', ['double', 'floor'], 'high'),
      node('logistic', ['x'], 'gate'),
      node('concat', ['high', 'x', 'gate'], 'y', { axis: 1 }),
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

const random = createRandom(3);
const calibration = {
  count: 64,
  shape: [4, 1, 1] as const,
  data: Float32Array.from({ length: 256 }, () => random.integer(2001) / 1000 - 1),
  labels: new Uint8Array(64),
  scale: 1,
  zeroPoint: 0,
};
describe('a graph of operators that training has not', () => {
  it('is evaluated by the naive references', () => {
    const outputs = evaluateFloat(joining(), calibration);
    const first = Array.from(calibration.data.subarray(0, 4));
    const floor = [-1, -0.5, 0, 0.5];
    const expected = [
      ...first.map((x, i) => Math.max(Math.fround(2 * x), floor[i] as number)),
      ...first,
      ...first.map((x) => Math.fround(1 / (1 + Math.exp(-x)))),
    ];
    expect([...outputs.subarray(0, 12)]).toEqual(expected);
  });

  it('is quantized: constants too, and inputs that are joined come to one quantization', async () => {
    const graph = await quantize(joining(), { calibration });
    checkGraph(graph, 'quantized');
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      'mul',
      'maximum',
      'logistic',
      // The logistic's own scale is not that of the others.
      'quantize',
      'concat',
    ]);
    expect(graph.tensors.get('two')).toMatchObject({ dtype: 'int8', data: Int8Array.of(127) });
    const { quantization } = graph.tensors.get('y') as Tensor;
    const join = graph.nodes.at(-1);
    for (const name of join?.inputs ?? []) {
      expect(graph.tensors.get(name)?.quantization, name).toEqual(quantization);
    }
    const floor = graph.tensors.get('floor');
    expect(floor?.quantization).toEqual(graph.tensors.get('double')?.quantization);
  });

  it('gives near enough the same in int8', async () => {
    const graph = await quantize(joining(), { calibration });
    const model = await loadModel(compile(graph).simdWasm);
    const quantizationOf = (name: string) => {
      const { quantization } = graph.tensors.get(name) as Tensor;
      const { scale, zeroPoint } = quantization as Quantization;
      return { scale: scale[0] as number, zeroPoint: zeroPoint[0] as number };
    };
    const [input, output] = [quantizationOf('x'), quantizationOf('y')];
    const run = createFloatReference(joining());
    for (let sample = 0; sample < 16; sample++) {
      const x = calibration.data.subarray(4 * sample, 4 * sample + 4);
      const quantized = Int8Array.from(x, (value) =>
        quantizeValue(value, input.scale, input.zeroPoint),
      );
      const [values] = model.infer([quantized]) as [Int8Array];
      const expected = run([x]).get('y') as Float32Array;
      values.forEach((value, i) => {
        const real = output.scale * (value - output.zeroPoint);
        expect(Math.abs(real - (expected[i] as number))).toBeLessThan(3 * output.scale);
      });
    }
  });

  it('is refused where an op remembers', async () => {
    const graph = joining();
    const nodes = [
      {
        name: 'memory',
        op: 'svdf',
        inputs: ['x', 'features', 'time'],
        outputs: ['y'],
        attributes: { rank: 1, stateScale: 1, stateZeroPoint: 0 },
      },
    ];
    const tensors = new Map(
      [
        float('x', [1, 4]),
        float('features', [1, 4], [1, 1, 1, 1]),
        float('time', [1, 2], [1, 1]),
        float('y', [1, 1]),
      ].map((tensor) => [tensor.name, tensor] as const),
    );
    await expect(quantize({ ...graph, nodes, tensors }, { calibration })).rejects.toThrow(
      "node 'memory' (svdf): op cannot be quantized after training: expected an op that keeps no state; import a graph in which it is quantized already",
    );
  });
});
