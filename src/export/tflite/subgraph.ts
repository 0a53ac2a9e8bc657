import { packInt4 } from '../../graph/int4.ts';
import type { Quantization, Tensor, TensorData } from '../../graph/types.ts';
import { operatorNames, typeNames } from '../../import/tflite/names.ts';
import { operators } from '../../import/tflite/operators.ts';
import type { OptionsTable } from '../../import/tflite/options.ts';
import { dtypes } from '../../import/tflite/values.ts';
import type { WrittenValues } from './flatbuffer.ts';
import { runtimeOf, usualVersion } from './versions.ts';

/** A tensor of a subgraph, by its number; {@link leftOut} stands for an optional input that is not there. */
export type TensorNumber = number;

/** The number of an optional input that is left out. */
export const leftOut: TensorNumber = -1;

/** A tensor that a graph does not have: what only the file needs. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** The type's name in the file. */
  readonly type: string;
  readonly quantization?: Quantization | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** Whether it is kept from one inference to the next. */
  readonly isVariable?: boolean | undefined;
}

/** An operator to write. */
export interface FileOperator {
  /** Its name in TFLite. */
  readonly name: string;
  readonly inputs: readonly TensorNumber[];
  readonly outputs: readonly TensorNumber[];
  /** The values of its options; a field that is left out has its default. */
  readonly options?: WrittenValues;
  /** The table of the options, where the import does not take the operator as it is. */
  readonly table?: OptionsTable;
  /** By default the one that follows from the type of the first output. */
  readonly version?: number | undefined;
  readonly intermediates?: readonly TensorNumber[];
}

/** What the subgraphs of a file share: buffers and kinds of operators. */
export interface FileTables {
  /** Adds a buffer; returns its number. */
  buffer(bytes: Uint8Array): number;
  /** The number of a kind of operator. */
  operatorCode(name: string, version: number): number;
  readonly buffers: readonly WrittenValues[];
  readonly operatorCodes: readonly WrittenValues[];
  /** The oldest runtimes that have the operators so far. */
  readonly runtimes: readonly string[];
}

/** The tables of an empty file, whose first buffer is that of tensors without data. */
export function createTables(): FileTables {
  const buffers: WrittenValues[] = [{}];
  const operatorCodes: WrittenValues[] = [];
  const runtimes: string[] = [];
  const known = new Map<string, number>();
  return {
    buffers,
    operatorCodes,
    runtimes,
    buffer: (data) => buffers.push({ data }) - 1,
    operatorCode(name, version) {
      const key = `${name} ${version}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const builtinCode = operatorNames.indexOf(name);
      runtimes.push(runtimeOf(name, version));
      // Old readers know only the field of one byte, which 127 fills.
      const deprecatedBuiltinCode = Math.min(builtinCode, 127);
      const number = operatorCodes.push({ deprecatedBuiltinCode, builtinCode, version }) - 1;
      known.set(key, number);
      return number;
    },
  };
}

/** A subgraph under construction. */
export interface SubgraphWriter {
  /** The number of a tensor of the graph, which is written when it is asked for first. */
  tensor(tensor: Tensor): TensorNumber;
  /** Adds a tensor of the file; where its name is taken, with a number behind it. */
  add(tensor: FileTensor): TensorNumber;
  /** Adds a constant of whole numbers, by default a vector. */
  numbers(name: string, values: readonly number[], shape?: readonly number[]): TensorNumber;
  operator(operator: FileOperator): void;
  /** The subgraph's table. */
  table(
    name: string,
    inputs: readonly TensorNumber[],
    outputs: readonly TensorNumber[],
  ): WrittenValues;
}

const typeNamesByDtype = new Map(Object.entries(dtypes).map(([type, dtype]) => [dtype, type]));

/** The name of a graph's type in the file. */
export function typeNameOf({ dtype }: Pick<Tensor, 'dtype'>): string {
  return typeNamesByDtype.get(dtype) as string;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The bytes of a constant as they lie in a file: little-endian, int4 two a byte. */
function constantBytes({ dtype, data }: Tensor): Uint8Array | undefined {
  if (data === undefined) return undefined;
  return bytesOf(dtype === 'int4' ? packInt4(data as Int8Array) : data);
}

/** @param names names that no tensor may take but those of the graph that have them */
export function createSubgraph(tables: FileTables, names: Iterable<string>): SubgraphWriter {
  const taken = new Set(names);
  const tensors: WrittenValues[] = [];
  const types: string[] = [];
  const operatorTables: WrittenValues[] = [];
  const written = new Map<string, TensorNumber>();
  const put = ({ quantization, bytes, type, isVariable, ...rest }: FileTensor): TensorNumber => {
    types.push(type);
    return (
      tensors.push({
        ...rest,
        type: typeNames.indexOf(type),
        buffer: bytes === undefined ? 0 : tables.buffer(bytes),
        isVariable,
        quantization: quantization && {
          scale: quantization.scale,
          zeroPoint: quantization.zeroPoint,
          quantizedDimension: quantization.axis,
        },
      }) - 1
    );
  };
  const add = (tensor: FileTensor): TensorNumber => {
    let name = tensor.name;
    for (let number = 2; taken.has(name); number++) name = `${tensor.name}:${number}`;
    taken.add(name);
    return put({ ...tensor, name });
  };
  return {
    tensor(tensor) {
      const found = written.get(tensor.name);
      if (found !== undefined) return found;
      const { name, shape, quantization } = tensor;
      const type = typeNameOf(tensor);
      const number = put({ name, shape, type, quantization, bytes: constantBytes(tensor) });
      written.set(name, number);
      return number;
    },
    add,
    numbers: (name, values, shape = [values.length]) =>
      add({ name, shape, type: 'INT32', bytes: bytesOf(Int32Array.from(values)) }),
    operator({ name, inputs, outputs, options, table = operators[name]?.options, ...rest }) {
      const isInt8 = types[outputs[0] ?? leftOut] === 'INT8';
      const version = rest.version ?? usualVersion(name, isInt8);
      operatorTables.push({
        opcodeIndex: tables.operatorCode(name, version),
        inputs,
        outputs,
        builtinOptions: table && { type: table.type, values: options },
        intermediates: rest.intermediates,
      });
    },
    table: (name, inputs, outputs) => ({
      tensors,
      inputs,
      outputs,
      operators: operatorTables,
      name,
    }),
  };
}
