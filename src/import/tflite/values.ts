import { WickError } from '../../errors.ts';
import { unpackInt4 } from '../../graph/int4.ts';
import {
  byteLength,
  type DType,
  elementCount,
  formatShape,
  type Quantization,
  type Tensor,
  type TensorData,
  tensorArrays,
} from '../../graph/types.ts';
import { typeNames } from './names.ts';
import type { ModelTable, QuantizationTable, SubgraphTable, TensorTable } from './schema.ts';

/** A tensor of the file, or one that the import puts between two of them. */
export interface Value {
  /** Its name in the graph: the file's, with the tensor's number where another has the same. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The type's name in the file. */
  readonly type: string;
  readonly quantization?: Quantization;
  /** The bytes of a constant, little-endian. */
  readonly bytes?: Uint8Array;
}

/** The types that a graph holds, by their names in the file. */
export const dtypes: Readonly<Record<string, DType>> = {
  FLOAT32: 'float32',
  INT8: 'int8',
  INT4: 'int4',
  INT16: 'int16',
  INT32: 'int32',
};

/** Why a type is not imported, where there is more to say than that. */
const typeHints: Readonly<Record<string, string>> = {
  UINT8:
    'this is the old quantization to uint8, whose arithmetic is another one; convert the model again, to int8 (TFLITE_BUILTINS_INT8), inputs and outputs too',
  FLOAT16: 'convert the model again with float32, or to int8',
  INT64: 'convert the model again, with int32 or int8 tensors',
  FLOAT64: 'convert the model again with float32',
};

const maxRank = 8;
const maxElements = 2 ** 31 - 1;

/** The values of a graph's tensors, by their numbers. Throws a WickError where a tensor names no buffer of the file. */
export function readValues(
  { tensors }: SubgraphTable,
  { buffers }: ModelTable,
  file: Uint8Array,
  where: string,
): readonly Value[] {
  const taken = new Set<string>();
  return tensors.map((tensor, index) => {
    const place = `${where}, tensor ${index}`;
    const name = uniqueName(tensor.name || `tensor_${index}`, index, taken);
    const shape = readShape(tensor, place);
    const quantization = readQuantization(tensor.quantization, shape.length, place);
    const bytes = constantBytes(tensor, shape, buffers, file, place);
    return {
      name,
      shape,
      type: typeNames[tensor.type] ?? `type ${tensor.type}`,
      ...(quantization === undefined ? {} : { quantization }),
      ...(bytes === undefined ? {} : { bytes }),
    };
  });
}

function uniqueName(wanted: string, index: number, taken: Set<string>): string {
  // A name with a number behind may be taken too, by a tensor of just that name.
  let name = wanted;
  while (taken.has(name)) name = `${name}#${index}`;
  taken.add(name);
  return name;
}

/** A batch that is left open is one of 1. */
function readShape({ shape = [], shapeSignature = [] }: TensorTable, where: string): number[] {
  if (shape.length > maxRank) {
    throw new WickError({
      what: 'tensor has too many axes',
      where,
      expected: `at most ${maxRank}`,
      received: `${shape.length}`,
    });
  }
  const known = shape.map((extent, axis) =>
    axis === 0 && shapeSignature[0] === -1 && extent <= 0 ? 1 : extent,
  );
  if (elementCount(known.map(Math.abs)) > maxElements) {
    throw new WickError({
      what: 'tensor is too large',
      where,
      expected: `at most ${maxElements} elements`,
      received: formatShape(known),
    });
  }
  return known;
}

function readQuantization(
  table: QuantizationTable | undefined,
  rank: number,
  where: string,
): Quantization | undefined {
  if (table === undefined) return undefined;
  const { scale = [], zeroPoint = [], detailsType, quantizedDimension: axis } = table;
  if (detailsType !== 0) {
    throw new WickError({
      what: 'tensor has a quantization of its own kind (QuantizationDetails)',
      where,
      expected: 'scales and zero points',
    });
  }
  if (scale.length === 0) return undefined;
  // Where they are all 0 some writers leave them out.
  const zeros = zeroPoint.length === 0 ? scale.map(() => 0) : zeroPoint;
  // A vector has no other axis, whatever a bias was written with.
  const along = rank === 1 ? 0 : axis;
  return { scale, zeroPoint: zeros, ...(scale.length > 1 ? { axis: along } : {}) };
}

function constantBytes(
  { buffer: index, isVariable, sparsity }: TensorTable,
  shape: readonly number[],
  buffers: ModelTable['buffers'],
  file: Uint8Array,
  where: string,
): Uint8Array | undefined {
  const buffer = buffers[index];
  if (buffer === undefined) {
    // Files without constants may have no buffers at all.
    if (index === 0) return undefined;
    throw new WickError({
      what: 'tensor names a buffer that does not exist',
      where,
      expected: `0 to ${buffers.length - 1}`,
      received: `${index}`,
    });
  }
  const { data, offset, size } = buffer;
  const bytes = offset > 1 ? outsideBytes(file, offset, size, where) : data;
  const isEmpty = bytes === undefined || bytes.length === 0;
  if (isVariable || (isEmpty && !shape.includes(0))) return undefined;
  if (sparsity !== undefined) {
    throw new WickError({
      what: 'tensor is sparse',
      where,
      expected: 'all elements of each constant',
      hint: 'convert the model again without sparsity',
    });
  }
  return bytes ?? new Uint8Array(0);
}

/** Large models keep their constants behind the FlatBuffer. */
function outsideBytes(file: Uint8Array, offset: number, size: number, where: string): Uint8Array {
  if (offset + size <= file.length) return file.subarray(offset, offset + size);
  throw new WickError({
    what: 'constant lies outside of the file',
    where,
    expected: `places up to ${file.length}`,
    received: `${size} bytes at ${offset}`,
  });
}

/** The graph's tensor for a value. Throws a WickError where a graph holds no such type, or the constant does not fit. */
export function toTensor(value: Value, where: string): Tensor {
  const { name, shape, type, quantization, bytes } = value;
  const dtype = dtypes[type];
  if (dtype === undefined) {
    throw new WickError({
      what: `tensor '${name}' has a type that is not supported`,
      where,
      expected: 'INT8 or FLOAT32',
      received: type,
      ...(typeHints[type] === undefined ? {} : { hint: typeHints[type] }),
    });
  }
  checkStatic(value, where);
  return {
    name,
    shape,
    dtype,
    ...(quantization === undefined ? {} : { quantization }),
    ...(bytes === undefined ? {} : { data: readData(value, dtype, bytes, where) }),
  };
}

/** Throws a WickError where a shape is not known in full. */
export function checkStatic({ name, shape }: Value, where: string): void {
  if (shape.every((extent) => extent >= 1)) return;
  throw new WickError({
    what: `tensor '${name}' has no static shape`,
    where,
    expected: 'at least 1 along each axis',
    received: shape.join('x'),
    hint: 'convert the model again with fixed input shapes',
  });
}

function readData(value: Value, dtype: DType, bytes: Uint8Array, where: string): TensorData {
  checkLength(value, byteLength({ shape: value.shape, dtype }), where);
  if (dtype === 'int4') {
    const packed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    return unpackInt4(packed, elementCount(value.shape));
  }
  const array = tensorArrays[dtype];
  const size = array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / size);
}

function checkLength({ name, shape, bytes }: Value, expected: number, where: string): void {
  if (bytes?.length === expected) return;
  throw new WickError({
    what: `the data of '${name}' does not fit its shape ${formatShape(shape)}`,
    where,
    expected: `${expected} bytes`,
    received: `${bytes?.length ?? 0}`,
  });
}

/** The whole numbers that a constant holds: axes, sizes, paddings. Throws a WickError where it holds none. */
export function wholeNumbers(value: Value, where: string): readonly number[] {
  const { name, type, bytes, shape } = value;
  const size = { INT32: 4, INT64: 8 }[type];
  if (size === undefined || bytes === undefined) {
    throw new WickError({
      what: `'${name}' is not known before the model runs`,
      where,
      expected: 'a constant, INT32 or INT64',
      received: bytes === undefined ? `an activation (${type})` : type,
      hint: 'convert the model again with fixed shapes',
    });
  }
  const count = elementCount(shape);
  if (count > mostWholeNumbers) {
    throw new WickError({
      what: `'${name}' has too many numbers to work out before the model runs`,
      where,
      expected: `at most ${mostWholeNumbers}`,
      received: `${count}`,
    });
  }
  checkLength(value, count * size, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) =>
    size === 4 ? view.getInt32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
  );
}

/**
 * Far more than shapes, axes and paddings have: operators that join such constants again and again would fill any memory.
 */
const mostWholeNumbers = 1024;

/** A constant INT32 of these numbers in place of a value that an operator makes. */
export function constantOf(
  value: Value,
  numbers: readonly number[],
  shape: readonly number[],
): Value {
  const data = Int32Array.from(numbers);
  const wide = numbers.find((number, i) => number !== data[i]);
  if (wide !== undefined) {
    throw new WickError({
      what: `'${value.name}' holds a number beyond 32 bits`,
      expected: 'INT32 values',
      received: `${wide}`,
    });
  }
  return { name: value.name, shape, type: 'INT32', bytes: new Uint8Array(data.buffer) };
}
