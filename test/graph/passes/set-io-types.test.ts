import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/graph/check.ts';
import { setIoTypes } from '../../../src/graph/passes/set-io-types.ts';
import type { Graph, Tensor } from '../../../src/graph/types.ts';
import { weightsSha256 } from '../../../src/graph/weights.ts';
import { createRandom } from '../../../src/random.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { randomInputs, smallClassifier } from '../../support/networks.ts';
import { int8Tensor } from '../../support/operands.ts';

const float = { inputType: 'float32', outputType: 'float32' } as const;

/** An int8 graph over these tensors, each [1, 2]. */
function graphOf(
  nodes: readonly (readonly [op: string, inputs: readonly string[], output: string])[],
  inputs: readonly string[],
  outputs: readonly string[],
): Graph {
  const names = new Set([...inputs, ...nodes.map(([, , output]) => output)]);
  return {
    name: 'g',
    tensors: new Map([...names].map((name) => [name, int8Tensor(name, [1, 2])])),
    nodes: nodes.map(([op, from, output]) => ({
      name: output,
      op,
      inputs: from,
      outputs: [output],
      attributes: op === 'add' ? { activation: 'none' } : {},
    })),
    inputs,
    outputs,
  };
}

const summary = ({ nodes, inputs, outputs }: Graph) => ({
  nodes: nodes.map((node) => `${node.inputs} -> ${node.op} -> ${node.outputs}`),
  inputs,
  outputs,
});

const dtypeOf = (graph: Graph, name: string) => graph.tensors.get(name)?.dtype;

describe('setIoTypes', () => {
  it('puts a quantize behind each input and a dequantize before each output, under the old names', () => {
    const graph = graphOf([['add', ['a', 'b'], 'sum']], ['a', 'b'], ['sum']);
    const result = setIoTypes(graph, float);
    expect(summary(result)).toEqual({
      nodes: [
        'a -> quantize -> a/int8',
        'b -> quantize -> b/int8',
        'a/int8,b/int8 -> add -> sum/int8',
        'sum/int8 -> dequantize -> sum',
      ],
      inputs: ['a', 'b'],
      outputs: ['sum'],
    });
    for (const name of ['a', 'b', 'sum']) {
      expect(result.tensors.get(name)).toEqual({ name, shape: [1, 2], dtype: 'float32' });
      const inner = graph.tensors.get(name) as Tensor;
      expect(result.tensors.get(`${name}/int8`)).toEqual({ ...inner, name: `${name}/int8` });
    }
    expect(() => checkGraph(result, 'result')).not.toThrow();
  });

  it('changes inputs or outputs alone', () => {
    const graph = graphOf([['relu', ['x'], 'y']], ['x'], ['y']);
    const inputs = setIoTypes(graph, { inputType: 'float32' });
    expect([dtypeOf(inputs, 'x'), dtypeOf(inputs, 'y')]).toEqual(['float32', 'int8']);
    const outputs = setIoTypes(graph, { inputType: 'int8', outputType: 'float32' });
    expect([dtypeOf(outputs, 'x'), dtypeOf(outputs, 'y')]).toEqual(['int8', 'float32']);
  });

  it('leaves a graph alone where nothing is asked for, or is there already', () => {
    const graph = graphOf([['relu', ['x'], 'y']], ['x'], ['y']);
    expect(setIoTypes(graph, {})).toEqual(graph);
    expect(setIoTypes(graph, { inputType: 'int8', outputType: 'int8' })).toEqual(graph);
    const once = setIoTypes(graph, float);
    expect(setIoTypes(once, float)).toEqual(once);
    expect(setIoTypes(once, {})).toEqual(once);
  });

  it('keeps a layer that reads what is an output as well on int8 values', () => {
    const graph = graphOf(
      [
        ['relu', ['x'], 'y'],
        ['relu6', ['y'], 'z'],
      ],
      ['x'],
      ['y', 'z', 'y'],
    );
    expect(summary(setIoTypes(graph, { outputType: 'float32' }))).toEqual({
      nodes: [
        'x -> relu -> y/int8',
        'y/int8 -> relu6 -> z/int8',
        'y/int8 -> dequantize -> y',
        'z/int8 -> dequantize -> z',
      ],
      inputs: ['x'],
      outputs: ['y', 'z', 'y'],
    });
  });

  it('finds other names where its own are taken', () => {
    const graph = graphOf(
      [
        ['relu', ['x'], 'x/int8'],
        ['relu', ['x/int8'], 'x/quantize'],
      ],
      ['x'],
      ['x/quantize'],
    );
    const { nodes } = setIoTypes(graph, { inputType: 'float32' });
    expect(nodes[0]).toMatchObject({ name: 'x/quantize_2', outputs: ['x/int8_2'] });
    expect(nodes[1]?.inputs).toEqual(['x/int8_2']);
  });

  it('types any number of inputs and outputs', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `${i}`);
    const graph = graphOf(
      names.map((name) => ['relu', [`x${name}`], `y${name}`] as const),
      names.map((name) => `x${name}`),
      names.map((name) => `y${name}`),
    );
    expect(summary(setIoTypes(graph, float))).toEqual({
      nodes: [
        ...names.map((name) => `x${name} -> quantize -> x${name}/int8`),
        ...names.map((name) => `x${name}/int8 -> relu -> y${name}/int8`),
        ...names.map((name) => `y${name}/int8 -> dequantize -> y${name}`),
      ],
      inputs: graph.inputs,
      outputs: graph.outputs,
    });
  });

  it('computes what the int8 graph does, and keeps the identity of the weights', () => {
    const graph = smallClassifier(3);
    const typed = setIoTypes(graph, float);
    expect(weightsSha256(typed)).toBe(weightsSha256(graph));
    const [input] = randomInputs(graph, createRandom(2)) as [Int8Array];
    const { scale = [], zeroPoint = [] } = graph.tensors.get('x')?.quantization ?? {};
    const real = Float32Array.from(
      input,
      (q) => (scale[0] as number) * (q - (zeroPoint[0] as number)),
    );
    const expected = createReference(graph)([input]).get('logits');
    const values = createReference(typed)([real]);
    expect(values.get('x/int8')).toEqual(input);
    expect(values.get('logits/int8')).toEqual(expected);
    expect(values.get('logits')).toBeInstanceOf(Float32Array);
  });

  it('refuses int8 where the graph has float32 itself', () => {
    const graph = setIoTypes(graphOf([['relu', ['x'], 'y']], ['x'], ['y']), float);
    expect(() => setIoTypes(graph, { inputType: 'int8' })).toThrow(
      "g: 'x' is float32 in the graph itself: expected int8, as was asked for",
    );
    expect(() => setIoTypes(graph, { outputType: 'int8' })).toThrow(
      "g: 'y' is float32 in the graph itself",
    );
  });
});
