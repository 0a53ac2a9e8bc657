import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { checkGraph } from '../../src/graph/check.ts';
import {
  constantsOf,
  type GraphJson,
  graphFromJson,
  graphToJson,
} from '../../src/graph/serialize.ts';
import type { Attributes, Graph, Node, Tensor } from '../../src/graph/types.ts';

const tensorMap = (...tensors: Tensor[]) => new Map(tensors.map((each) => [each.name, each]));

/** x → relu → hidden → dense(weights, bias) → logits. */
const graph: Graph = {
  name: 'small',
  labels: ['no', 'yes'],
  inputs: ['x'],
  outputs: ['logits'],
  tensors: tensorMap(
    {
      name: 'x',
      shape: [1, 3],
      dtype: 'int8',
      quantization: { scale: [Math.fround(1 / 255)], zeroPoint: [-128] },
    },
    { name: 'hidden', shape: [1, 3], dtype: 'int8' },
    {
      name: 'weights',
      shape: [2, 3],
      dtype: 'int8',
      quantization: { scale: [Math.fround(0.1), 0.25], zeroPoint: [0, 0], axis: 0 },
      data: Int8Array.of(1, -2, 3, -4, 5, -128),
    },
    { name: 'bias', shape: [2], dtype: 'int32', data: Int32Array.of(-70000, 7) },
    { name: 'logits', shape: [1, 2], dtype: 'int8' },
  ),
  nodes: [
    { name: 'relu', op: 'relu', inputs: ['x'], outputs: ['hidden'], attributes: {} },
    {
      name: 'dense',
      op: 'dense',
      inputs: ['hidden', 'weights', 'bias'],
      outputs: ['logits'],
      attributes: { activation: 'none', list: [1, [2.5, null, true]], nested: { a: -1e-30 } },
    },
  ],
};

/** What JSON.parse gives for what JSON.stringify wrote. */
const throughText = (json: GraphJson): unknown => JSON.parse(JSON.stringify(json));

describe('graphToJson and graphFromJson', () => {
  it('give the graph back exactly', () => {
    const read = graphFromJson(throughText(graphToJson(graph)), constantsOf(graph), 'file');
    expect(read).toStrictEqual(graph);
    expect([...read.tensors.keys()]).toEqual([...graph.tensors.keys()]);
  });

  it('leave out what the graph does not have', () => {
    const { labels: _, ...unlabelled } = graph;
    const json = graphToJson(unlabelled);
    expect(json).not.toHaveProperty('labels');
    expect(json.tensors[1]).toEqual({ name: 'hidden', shape: [1, 3], dtype: 'int8' });
    expect(graphFromJson(throughText(json), constantsOf(graph), 'file')).toStrictEqual(unlabelled);
  });

  it('mark constants, whose data is kept apart', () => {
    expect(graphToJson(graph).tensors[3]).toEqual({
      name: 'bias',
      shape: [2],
      dtype: 'int32',
      constant: true,
    });
    expect([...constantsOf(graph).keys()]).toEqual(['weights', 'bias']);
    expect(constantsOf(graph).get('bias')).toEqual({
      shape: [2],
      dtype: 'int32',
      data: Int32Array.of(-70000, 7),
    });
  });

  it('keep every finite scale and attribute to the last bit', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => x !== 0);
    const attribute = fc.oneof(number, fc.string(), fc.boolean(), fc.array(number));
    const scale = fc.float({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(attribute, scale, fc.integer(), fc.string(), (value, s, zeroPoint, name) => {
        const x: Tensor = {
          name: 'x',
          shape: [],
          dtype: 'float32',
          quantization: { scale: [s], zeroPoint: [zeroPoint] },
        };
        const y: Tensor = { name: 'y', shape: [7, 1], dtype: 'int32' };
        const node = { name: 'n', op: 'o', inputs: ['x'], outputs: ['y'], attributes: { value } };
        const original: Graph = {
          name,
          tensors: tensorMap(x, y),
          nodes: [node],
          inputs: ['x'],
          outputs: ['y'],
        };
        const read = graphFromJson(throughText(graphToJson(original)), new Map(), 'file');
        expect(read).toStrictEqual(original);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['a function', () => 1],
    ['a typed array', Int32Array.of(1)],
    ['a map', new Map()],
    ['five lists in one another', [[[[[1]]]]]],
  ])('refuse to write the attribute %s, which JSON would change', (_, value) => {
    const attributes: Attributes = { value };
    const nodes = graph.nodes.map((node) => ({ ...node, attributes }));
    expect(() => graphToJson({ ...graph, nodes })).toThrow(
      'small: not a wick graph: nodes.0.attributes.value',
    );
  });
});

describe('graphFromJson', () => {
  const json = graphToJson(graph);
  const read = (changes: object, constants = constantsOf(graph)) => {
    return () => graphFromJson({ ...json, ...changes }, constants, 'a.wick.json');
  };
  const changedTensor = (index: number, changes: object) => ({
    tensors: json.tensors.map((each, i) => (i === index ? { ...each, ...changes } : each)),
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'the document'],
    ['a list', [], 'format'],
    [
      'another format',
      { ...json, format: 'onnx' },
      'format: expected "wick-graph", received "onnx"',
    ],
    ['another version', { ...json, version: 2 }, 'version: expected 1, received 2'],
    ['an unknown key', { ...json, extra: 1 }, 'extra'],
    ['no outputs', { ...json, outputs: [] }, 'outputs'],
    ['an extent of zero', { ...json, ...changedTensor(0, { shape: [1, 0] }) }, 'tensors.0.shape.1'],
    ['an unknown dtype', { ...json, ...changedTensor(0, { dtype: 'int2' }) }, 'tensors.0.dtype'],
    [
      'a negative scale',
      { ...json, ...changedTensor(0, { quantization: { scale: [-1], zeroPoint: [0] } }) },
      'tensors.0.quantization.scale.0',
    ],
    [
      'attributes that are a list',
      { ...json, nodes: [{ ...json.nodes[0], attributes: [] }] },
      'nodes.0.attributes',
    ],
  ])('names the place of %s', (_, document, place) => {
    const load = () => graphFromJson(document, constantsOf(graph), 'a.wick.json');
    expect(load).toThrow(WickError);
    expect(load).toThrow(`a.wick.json: not a wick graph: ${place}`);
  });

  it('refuses two tensors of one name', () => {
    expect(read({ tensors: [...json.tensors, json.tensors[0]] })).toThrow(
      'a.wick.json: tensor x is listed twice',
    );
  });

  it('refuses constants without data, of another type, or of another shape', () => {
    const without = constantsOf(graph);
    without.delete('bias');
    expect(read({}, without)).toThrow(
      'a.wick.json: the weights do not fit constant bias: expected int32 2, received nothing',
    );
    expect(read(changedTensor(3, { dtype: 'float32' }))).toThrow(
      'constant bias: expected float32 2, received int32 2',
    );
    expect(read(changedTensor(2, { shape: [3, 2] }))).toThrow(
      'constant weights: expected int8 3x2, received int8 2x3',
    );
  });

  it('refuses data that belongs to no constant', () => {
    const more = constantsOf(graph).set('x', {
      dtype: 'int8',
      shape: [1, 3],
      data: new Int8Array(3),
    });
    expect(read({}, more)).toThrow(
      'a.wick.json: the weights hold x, which is no constant of the graph',
    );
  });

  it('checks the graph', () => {
    expect(read({ nodes: [...json.nodes].reverse() })).toThrow(
      'a.wick.json: node dense uses hidden before any node makes it',
    );
  });
});

describe('checkGraph', () => {
  const [relu, dense] = graph.nodes as [Node, Node];
  const check = (changes: Partial<Graph>) => () => checkGraph({ ...graph, ...changes }, 'small');
  const withTensor = (changed: Tensor) => new Map(graph.tensors).set(changed.name, changed);

  it('accepts a sound graph', () => {
    expect(check({})).not.toThrow();
  });

  it.each<[string, Partial<Graph>, string]>([
    [
      'a node that names no tensor',
      { nodes: [{ ...relu, inputs: ['z'] }, dense] },
      'node relu names the tensor z, which does not exist',
    ],
    [
      'an output that names no tensor',
      { outputs: ['z'] },
      'the list of outputs names the tensor z, which does not exist',
    ],
    [
      'a node that makes what is there already',
      { nodes: [relu, { ...relu, name: 'again' }, dense] },
      'node again makes hidden, which is there already',
    ],
    [
      'a node that makes an input of the graph',
      { nodes: [{ ...relu, outputs: ['x'] }] },
      'node relu makes x, which is there already',
    ],
    [
      'a node that makes a constant',
      { nodes: [{ ...relu, outputs: ['bias'] }] },
      'node relu makes bias, which is a constant',
    ],
    [
      'an input that is a constant',
      { inputs: ['x', 'bias'] },
      'the list of inputs makes bias, which is a constant',
    ],
    [
      'a tensor that no node makes',
      { outputs: ['hidden'], nodes: [relu] },
      'tensor logits is made',
    ],
    [
      'a tensor under another name',
      { tensors: new Map(graph.tensors).set('alias', { name: 'x', shape: [1], dtype: 'int8' }) },
      'tensor x is kept under the name alias',
    ],
    [
      'a quantization with too few scales for its axis',
      {
        tensors: withTensor({
          name: 'hidden',
          shape: [1, 3],
          dtype: 'int8',
          quantization: { scale: [1, 1], zeroPoint: [0, 0], axis: 1 },
        }),
      },
      'the quantization does not fit tensor hidden (1x3): ' +
        'expected 3 scales and zero points for axis 1, received 2 and 2',
    ],
    [
      'a quantization of the whole tensor with several zero points',
      {
        tensors: withTensor({
          name: 'hidden',
          shape: [1, 3],
          dtype: 'int8',
          quantization: { scale: [1], zeroPoint: [0, 0] },
        }),
      },
      'expected 1 scales and zero points for the tensor, received 1 and 2',
    ],
    [
      'a quantization axis that the tensor does not have',
      {
        tensors: withTensor({
          name: 'hidden',
          shape: [1, 3],
          dtype: 'int8',
          quantization: { scale: [1], zeroPoint: [0], axis: 2 },
        }),
      },
      'for axis 2, received 1 and 1',
    ],
  ])('refuses %s', (_, changes, message) => {
    expect(check(changes)).toThrow(WickError);
    expect(check(changes)).toThrow(message);
  });
});
