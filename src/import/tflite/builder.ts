import { WickError } from '../../errors.ts';
import { formatShape, type Graph, type Node, type Tensor } from '../../graph/types.ts';
import { isConstant, type ResolvedNode, resolveNode } from '../../ops/support/context.ts';
import { checkOutputQuantization } from '../../ops/support/prepare.ts';
import type { GraphBuilder } from './operation.ts';
import { toTensor, type Value } from './values.ts';

/** A graph under construction. */
export interface ModelBuilder extends GraphBuilder {
  /** What a value is by now: a constant, where an operator before has turned out to make one. */
  current(value: Value): Value;
  /** Adds an input of the graph. */
  input(value: Value): void;
  /** Says on behalf of which operator nodes are added from now on: how errors name it, and a number for nodes' names. */
  begin(where: string, index: number): void;
  /** The graph with these outputs. Throws a WickError where one is a constant or is not made. */
  finish(name: string, outputs: readonly Value[], labels: readonly string[] | undefined): Graph;
}

/**
 * @param fileBytes how large the file is: constants may not come to far more, as when many tensors share one buffer
 * @param names the names of the file's tensors, which no other tensor may have
 * @param where the file's name, for errors
 */
export function createBuilder(
  fileBytes: number,
  names: Iterable<string>,
  where: string,
): ModelBuilder {
  const taken = new Set(names);
  const tensors = new Map<string, Tensor>();
  const known = new Map<string, Value>();
  const made = new Set<string>();
  const nodes: Node[] = [];
  const inputs: string[] = [];
  let place = where;
  let operator = 0;
  /** How often each op stands for this operator. */
  let counts = new Map<string, number>();
  let temporaries = 0;
  let allowance = 8 * fileBytes + 65536;

  const tensorOf = (value: Value): Tensor => {
    const earlier = tensors.get(value.name);
    if (earlier !== undefined) return earlier;
    const tensor = toTensor(value, place);
    if (tensor.data !== undefined) allowance -= tensor.data.byteLength;
    if (allowance < 0) {
      throw new WickError({
        what: 'constants are larger than the file by far',
        where: place,
        expected: `at most ${8 * fileBytes + 65536} bytes`,
        received: 'more',
      });
    }
    tensors.set(tensor.name, tensor);
    return tensor;
  };
  const make = (value: Value): string => {
    if (made.has(value.name)) {
      throw new WickError({ what: `'${value.name}' is made for a second time`, where: place });
    }
    if (value.bytes !== undefined) {
      throw new WickError({ what: `'${value.name}' is made, but is a constant`, where: place });
    }
    made.add(value.name);
    return tensorOf(value).name;
  };
  const use = (value: Value): string => {
    if (value.bytes === undefined && !made.has(value.name)) {
      throw new WickError({ what: `'${value.name}' is used before it is made`, where: place });
    }
    return tensorOf(value).name;
  };
  const nodeName = (op: string): string => {
    const count = (counts.get(op) ?? 0) + 1;
    counts.set(op, count);
    return count === 1 ? `${op}_${operator}` : `${op}_${operator}_${count}`;
  };

  return {
    current: (value) => known.get(value.name) ?? value,
    begin(nextPlace, index) {
      place = nextPlace;
      operator = index;
      counts = new Map();
    },
    input(value) {
      inputs.push(make(value));
    },
    node(op, sources, results, attributes = {}) {
      const node: Node = {
        name: nodeName(op),
        op,
        inputs: sources.map(use),
        outputs: results.map(make),
        attributes,
      };
      checkNode({ tensors, node, where: place });
      nodes.push(node);
    },
    temporary: (like, shape) => {
      const { type, quantization } = like;
      let name = `${like.name}/${++temporaries}`;
      while (taken.has(name)) name = `${like.name}/${++temporaries}`;
      return { name, shape, type, ...(quantization === undefined ? {} : { quantization }) };
    },
    define(constant) {
      known.set(constant.name, constant);
    },
    finish(name, outputs, labels) {
      place = where;
      const names = outputs.map((output) => {
        const value = known.get(output.name) ?? output;
        if (value.bytes === undefined) return use(value);
        throw new WickError({ what: `output '${value.name}' is a constant`, where });
      });
      return {
        name,
        tensors,
        nodes,
        inputs,
        outputs: names,
        ...(labels === undefined ? {} : { labels }),
      };
    },
  };
}

/** Throws a WickError, in the name of the file's operator, where an op does not take its tensors or attributes. */
function checkNode(request: {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly node: Node;
  readonly where: string;
}): void {
  const { tensors, node, where } = request;
  const graph = { name: where, tensors, nodes: [node], inputs: [], outputs: [] };
  try {
    const resolved = resolveNode(graph, node);
    checkShapes(resolved);
    checkTypes(resolved);
    const [first] = resolved.context.inputs;
    if (first === undefined || isConstant(first)) {
      throw new WickError({
        what: 'the first input is a constant',
        expected: 'an activation',
        received: first === undefined ? 'no input' : `'${first.name}'`,
      });
    }
    if (!resolved.context.outputs.some(isInt8)) return;
    checkOutputQuantization(resolved, first);
    resolved.op.prepare(resolved.context);
  } catch (error) {
    if (!(error instanceof WickError)) throw error;
    throw new WickError({ ...error.problem, where });
  }
}

const isInt8 = ({ dtype }: Tensor) => dtype === 'int8';

function checkShapes({ op, context }: ResolvedNode): void {
  const shapes = op.inferShapes(context);
  if (shapes.length !== context.outputs.length) {
    throw new WickError({
      what: 'wrong number of outputs',
      expected: `${shapes.length}`,
      received: `${context.outputs.length}`,
    });
  }
  context.outputs.forEach((output, index) => {
    const expected = formatShape(shapes[index] as readonly number[]);
    if (formatShape(output.shape) === expected) return;
    throw new WickError({
      what: `output '${output.name}' has the wrong shape`,
      expected,
      received: formatShape(output.shape),
      hint: 'only static shapes are supported, with a batch of 1',
    });
  });
}

/**
 * Activations of a node are all int8 or all float32, and so are the constants that they meet; at the graph's borders
 * `quantize` leads from one to the other, and an op whose output has no quantization back.
 */
function checkTypes({ op, context: { inputs, outputs } }: ResolvedNode): void {
  const isFloat = inputs[0]?.dtype === 'float32';
  const makesFloat = isFloat ? op.name !== 'quantize' : op.outputQuantization.kind === 'none';
  const fits = ({ dtype, data }: Tensor, float: boolean) =>
    data !== undefined && !float ? dtype !== 'float32' : dtype === (float ? 'float32' : 'int8');
  for (const tensor of [...inputs, ...outputs]) {
    const float = outputs.includes(tensor) ? makesFloat : isFloat;
    if (fits(tensor, float)) continue;
    throw new WickError({
      what: `'${tensor.name}' has another type than the operator's other tensors`,
      expected: float ? 'float32' : 'int8',
      received: tensor.dtype,
      hint: isFloat
        ? "weights of 8 bits between float activations (dynamic range quantization) are not supported: convert the model to float32, then run 'wick quantize', or to int8 in full"
        : 'activations are int8 or float32',
    });
  }
}
