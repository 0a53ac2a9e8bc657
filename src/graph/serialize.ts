import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { checkGraph } from './check.ts';
import { packInt4, unpackInt4 } from './int4.ts';
import type { StoredTensor } from './safetensors.ts';
import { byteLength, elementCount, formatShape, type Graph, type Tensor } from './types.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const integer = v.pipe(v.number(), v.safeInteger());
const index = v.pipe(integer, v.minValue(0));
const finite = v.pipe(v.number(), v.finite());

const scalar = v.union([v.string(), finite, v.boolean(), v.null()]);

/** Without this, valibot takes arrays for records. */
const plainObject = v.custom<Record<string, unknown>>(
  (value) => Object.prototype.toString.call(value) === '[object Object]',
  'an object is needed',
);

/** What JSON gives back unchanged: no undefined, NaN or infinity; nested no deeper than any op needs. */
function jsonSchema(depth: number): v.GenericSchema<unknown> {
  if (depth === 0) return scalar;
  const inner = jsonSchema(depth - 1);
  return v.union([scalar, v.array(inner), v.pipe(plainObject, v.record(v.string(), inner))]);
}

const quantizationSchema = v.strictObject({
  scale: v.pipe(v.array(v.pipe(finite, v.minValue(0))), v.nonEmpty()),
  zeroPoint: v.array(integer),
  axis: v.exactOptional(index),
});

const tensorSchema = v.strictObject({
  name: text,
  shape: v.array(v.pipe(integer, v.minValue(1))),
  dtype: v.picklist(['float32', 'int8', 'int4', 'int16', 'int32']),
  quantization: v.exactOptional(quantizationSchema),
  constant: v.exactOptional(v.literal(true)),
});

const nodeSchema = v.strictObject({
  name: text,
  op: text,
  inputs: v.array(text),
  outputs: v.pipe(v.array(text), v.nonEmpty()),
  attributes: v.pipe(plainObject, v.record(v.string(), jsonSchema(4))),
});

const graphSchema = v.strictObject({
  format: v.literal('wick-graph'),
  version: v.literal(1),
  name: v.string(),
  inputs: v.pipe(v.array(text), v.nonEmpty()),
  outputs: v.pipe(v.array(text), v.nonEmpty()),
  labels: v.exactOptional(v.array(v.string())),
  tensors: v.array(tensorSchema),
  nodes: v.array(nodeSchema),
});

/** `model.wick.json`: a graph without the data of its constants, which lie beside it by tensor name. */
export type GraphJson = v.InferOutput<typeof graphSchema>;

/**
 * The JSON of a graph; `constantsOf` gives what belongs beside it. `graphFromJson` is the inverse.
 *
 * @throws WickError where the graph is not sound ({@link checkGraph}) or holds what JSON cannot, such as an attribute
 *   that is not finite
 */
export function graphToJson(graph: Graph): GraphJson {
  checkGraph(graph, graph.name);
  const { name, inputs, outputs, labels, nodes } = graph;
  const tensors = [...graph.tensors.values()].map(({ data, ...tensor }) =>
    data === undefined ? tensor : { ...tensor, constant: true },
  );
  const json = {
    format: 'wick-graph',
    version: 1,
    name,
    inputs,
    outputs,
    ...(labels === undefined ? {} : { labels }),
    tensors,
    nodes,
  };
  return parse(json, name);
}

/**
 * The constants of a graph by name, as they go into its safetensors file, which has no type of four bits: int4 values are
 * stored as one row of int8, packed by {@link packInt4}. Type and shape in the graph's JSON say what they are.
 */
export function constantsOf(graph: Graph): Map<string, StoredTensor> {
  const constants = new Map<string, StoredTensor>();
  for (const tensor of graph.tensors.values()) {
    const { name, data } = tensor;
    if (data === undefined) continue;
    const stored = tensor.dtype === 'int4' ? packInt4(data as Int8Array) : data;
    constants.set(name, { ...storedForm(tensor), data: stored });
  }
  return constants;
}

/** Type and shape of a constant in the safetensors file. */
function storedForm(tensor: Tensor): Pick<StoredTensor, 'dtype' | 'shape'> {
  const { dtype, shape } = tensor;
  return dtype === 'int4' ? { dtype: 'int8', shape: [byteLength(tensor)] } : { dtype, shape };
}

/**
 * The graph of a JSON document and the data of its constants, checked as a whole ({@link checkGraph}); attributes are
 * checked by each op's own schema later.
 *
 * @param json what JSON.parse gave
 * @param constants exactly the graph's constants, by tensor name
 * @param where the file's name, for errors
 * @throws WickError where the document does not follow the format, is no sound graph, or does not fit the constants
 */
export function graphFromJson(
  json: unknown,
  constants: ReadonlyMap<string, StoredTensor>,
  where: string,
): Graph {
  const { name, inputs, outputs, labels, tensors: entries, nodes } = parse(json, where);
  const tensors = new Map<string, Tensor>();
  for (const { constant, ...tensor } of entries) {
    if (tensors.has(tensor.name)) {
      throw new WickError({ what: `tensor ${tensor.name} is listed twice`, where });
    }
    tensors.set(tensor.name, constant ? withData(tensor, constants, where) : tensor);
  }
  for (const stored of constants.keys()) {
    if (tensors.get(stored)?.data === undefined) {
      throw new WickError({
        what: `the weights hold ${stored}, which is no constant of the graph`,
        where,
        hint: 'the weights file belongs to another graph',
      });
    }
  }
  const graph = { name, tensors, nodes, inputs, outputs, ...(labels ? { labels } : {}) };
  checkGraph(graph, where);
  return graph;
}

function parse(json: unknown, where: string): GraphJson {
  const result = v.safeParse(graphSchema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new WickError({
    what: `not a wick graph: ${v.getDotPath(issue) ?? 'the document'}`,
    where,
    ...(issue.expected === null ? {} : { expected: issue.expected }),
    received: issue.received,
  });
}

function withData(
  tensor: Tensor,
  constants: ReadonlyMap<string, StoredTensor>,
  where: string,
): Tensor {
  const describe = ({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>) =>
    `${dtype} ${formatShape(shape)}`;
  const isInt4 = tensor.dtype === 'int4';
  const packing = isInt4 ? `, which hold the ${formatShape(tensor.shape)} int4 values` : '';
  const fail = (expected: string, received: string) =>
    new WickError({
      what: `the weights do not fit constant ${tensor.name}`,
      where,
      expected: `${expected}${packing}`,
      received,
    });
  const expected = describe(storedForm(tensor));
  const stored = constants.get(tensor.name);
  if (stored === undefined || describe(stored) !== expected) {
    throw fail(expected, stored === undefined ? 'nothing' : describe(stored));
  }
  if (!isInt4) return { ...tensor, data: stored.data };
  const packed = stored.data as Int8Array;
  const count = elementCount(tensor.shape);
  const spare = (packed.at(-1) as number) >> 4;
  // One graph has one form on disk, so that equal graphs are equal files.
  if (count % 2 === 1 && spare !== 0) throw fail('a last high nibble of 0', `${spare}`);
  return { ...tensor, data: unpackInt4(packed, count) };
}
