import { elementCount, type Tensor } from '../../../graph/types.ts';
import {
  assignVariableOptions,
  callOnceOptions,
  readVariableOptions,
  varHandleOptions,
} from '../../../import/tflite/options.ts';
import type { NodeContext } from '../../../ops/op.ts';
import type { slidingWindow as slidingWindowOp } from '../../../ops/sliding_window.ts';
import { type AttributesOf, addLike, type Exporter, inputOf, outputOf } from '../node.ts';
import { type SubgraphWriter, type TensorNumber, typeNameOf } from '../subgraph.ts';
import { writeSlice } from './slice.ts';

type WindowNode = NodeContext<AttributesOf<typeof slidingWindowOp>>;

function addHandle(file: SubgraphWriter, variable: string): TensorNumber {
  const handle = file.add({ name: `${variable}/handle`, shape: [], type: 'RESOURCE' });
  file.operator({
    name: 'VAR_HANDLE',
    inputs: [],
    outputs: [handle],
    options: { sharedName: variable },
    table: varHandleOptions,
  });
  return handle;
}

const variableOf = (node: WindowNode) => `${outputOf(node).name}/kept`;

const keptShape = ({ attributes: { axis, length }, ...node }: WindowNode) =>
  inputOf(node).shape.map((extent, i) => (i === axis ? length : extent));

function assign(file: SubgraphWriter, handle: TensorNumber, value: TensorNumber): void {
  file.operator({
    name: 'ASSIGN_VARIABLE',
    inputs: [handle, value],
    outputs: [],
    table: assignVariableOptions,
  });
}

/** READ_VARIABLE, CONCATENATION, STRIDED_SLICE of the end, ASSIGN_VARIABLE over one variable. */
export const slidingWindow: Exporter<WindowNode['attributes']> = (node, file) => {
  const { axis } = node.attributes;
  const [input, output] = [inputOf(node), outputOf(node)];
  const handle = addHandle(file, variableOf(node));
  const shape = keptShape(node);
  const before = addLike(file, `${output.name}/before`, input, shape);
  const name = `${output.name}/after`;
  const after = addLike(file, name, input, shape);
  file.operator({
    name: 'READ_VARIABLE',
    inputs: [handle],
    outputs: [before],
    table: readVariableOptions,
  });
  file.operator({
    name: 'CONCATENATION',
    inputs: [before, file.tensor(input)],
    outputs: [file.tensor(output)],
    options: { axis },
  });
  writeSlice(
    file,
    file.tensor(output),
    { name, number: after },
    {
      begin: shape.map((_, i) => (i === axis ? (input.shape[axis] as number) : 0)),
      size: shape,
      strides: shape.map(() => 1),
    },
  );
  assign(file, handle, after);
};

/** CALL_ONCE of the graph that gives variables their first values. */
export function callOnce(file: SubgraphWriter, initSubgraphIndex: number): void {
  file.operator({
    name: 'CALL_ONCE',
    inputs: [],
    outputs: [],
    options: { initSubgraphIndex },
    table: callOnceOptions,
  });
}

/** Assigns zeros to the variable of a sliding window. */
export function initialize(node: WindowNode, file: SubgraphWriter): void {
  const input: Tensor = inputOf(node);
  const shape = keptShape(node);
  const isFloat = input.dtype === 'float32';
  const zeros = new Uint8Array(elementCount(shape) * (isFloat ? 4 : 1));
  const value = file.add({
    name: `${variableOf(node)}/zeros`,
    shape,
    type: typeNameOf(input),
    quantization: input.quantization,
    bytes: zeros.fill(isFloat ? 0 : (input.quantization?.zeroPoint[0] ?? 0)),
  });
  assign(file, addHandle(file, variableOf(node)), value);
}
