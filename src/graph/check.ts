import { WickError } from '../errors.ts';
import { findBeyondInt4, int4Range } from './int4.ts';
import { elementCount, formatShape, type Graph, type Tensor, tensorArrays } from './types.ts';

/** What zero points may be: values of the type, or any int32. */
const zeroPointRanges = { int8: [-128, 127], int4: int4Range } as const;
const int32Range = [-(2 ** 31), 2 ** 31 - 1] as const;

/**
 * Checks that a graph is sound: every name stands for a tensor, data and quantization fit their tensors, and every
 * activation is an input of the graph or made by one node, before it is used.
 *
 * @param where what the errors name first: a file, or the graph
 * @throws WickError that names the node or tensor
 */
export function checkGraph(graph: Graph, where: string): void {
  const made = new Set<string>();
  const fail = (place: string, fault: string) =>
    new WickError({ what: `${place} ${fault}`, where });
  const find = (name: string, place: string): Tensor => {
    const tensor = graph.tensors.get(name);
    if (tensor === undefined) throw fail(place, `names the tensor ${name}, which does not exist`);
    return tensor;
  };
  const make = (name: string, place: string) => {
    const { data } = find(name, place);
    if (data !== undefined) throw fail(place, `makes ${name}, which is a constant`);
    if (made.has(name)) throw fail(place, `makes ${name}, which is there already`);
    made.add(name);
  };
  const use = (name: string, place: string) => {
    const { data } = find(name, place);
    if (data === undefined && !made.has(name)) {
      throw fail(place, `uses ${name} before any node makes it`);
    }
  };

  for (const [key, tensor] of graph.tensors) {
    if (key !== tensor.name) throw fail(`tensor ${tensor.name}`, `is kept under the name ${key}`);
    checkData(tensor, where);
    checkQuantization(tensor, where);
  }
  for (const name of graph.inputs) make(name, 'the list of inputs');
  for (const node of graph.nodes) {
    for (const name of node.inputs) use(name, `node ${node.name}`);
    for (const name of node.outputs) make(name, `node ${node.name}`);
  }
  for (const name of graph.outputs) use(name, 'the list of outputs');
  for (const { name, data } of graph.tensors.values()) {
    if (data === undefined && !made.has(name)) throw fail(`tensor ${name}`, 'is made by no node');
  }
}

function checkData({ name, shape, dtype, data }: Tensor, where: string): void {
  if (data === undefined) {
    if (dtype !== 'int4') return;
    throw new WickError({
      what: `tensor ${name} is int4 but no constant`,
      where,
      expected: 'int8, as only weights are int4',
    });
  }
  const count = elementCount(shape);
  const fail = (expected: string, received: string) =>
    new WickError({
      what: `the data does not fit tensor ${name} (${formatShape(shape)})`,
      where,
      expected,
      received,
    });
  if (!(data instanceof tensorArrays[dtype] && data.length === count)) {
    throw fail(`${count} ${dtype} values`, `${data.length} values in a ${data.constructor.name}`);
  }
  if (dtype !== 'int4') return;
  const beyond = findBeyondInt4(data as Int8Array);
  if (beyond >= 0) {
    throw fail(`values from ${int4Range.join(' to ')}`, `${data[beyond]} at index ${beyond}`);
  }
}

function checkQuantization(tensor: Tensor, where: string): void {
  const { name, shape, dtype, quantization } = tensor;
  if (quantization === undefined) return;
  const { scale, zeroPoint, axis } = quantization;
  const count = axis === undefined ? 1 : (shape[axis] ?? 0);
  const fail = (expected: string, received: string) =>
    new WickError({
      what: `the quantization does not fit tensor ${name} (${formatShape(shape)})`,
      where,
      expected,
      received,
    });
  if (scale.length !== count || zeroPoint.length !== count) {
    throw fail(
      `${count} scales and zero points for ${axis === undefined ? 'the tensor' : `axis ${axis}`}`,
      `${scale.length} and ${zeroPoint.length}`,
    );
  }
  const badScale = scale.find((value) => !(value > 0 && Number.isFinite(value)));
  if (badScale !== undefined) throw fail('scales above 0', `${badScale}`);
  const [least, most] = dtype === 'int8' || dtype === 'int4' ? zeroPointRanges[dtype] : int32Range;
  const badZero = zeroPoint.find(
    (value) => !(Number.isInteger(value) && value >= least && value <= most),
  );
  if (badZero !== undefined) throw fail(`zero points from ${least} to ${most}`, `${badZero}`);
}
