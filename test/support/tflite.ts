import { writeFlatBuffer } from '../../src/export/tflite/flatbuffer.ts';
import { operatorNames, typeNames } from '../../src/import/tflite/names.ts';
import { operators } from '../../src/import/tflite/operators.ts';
import { fileIdentifier, modelSchema } from '../../src/import/tflite/schema.ts';

/** A tensor of a .tflite file. */
export interface TensorFixture {
  readonly shape: readonly number[];
  /** By default INT8 where it has scales, else FLOAT32. */
  readonly type?: string;
  readonly name?: string;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly axis?: number;
  readonly shapeSignature?: readonly number[];
  readonly isVariable?: boolean;
  /** The values of a constant. */
  readonly data?: readonly number[];
}

/** An operator of a .tflite file; tensors go by their keys, and '' is an optional input that is left out. */
export interface OperatorFixture {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly version?: number;
  /** Options of another operator than its own. */
  readonly optionsType?: number;
  readonly customCode?: string;
}

/** A model with one graph. */
export interface ModelFixture {
  readonly tensors: Readonly<Record<string, TensorFixture>>;
  readonly operators: readonly OperatorFixture[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Graphs beside this one. */
  readonly others?: readonly Omit<ModelFixture, 'others' | 'model'>[];
  /** Fields of the root table, in place of what follows from the rest. */
  readonly model?: Readonly<Record<string, unknown>>;
}

const arrays: Readonly<Record<string, new (values: readonly number[]) => ArrayBufferView>> = {
  FLOAT32: class extends Float32Array {},
  FLOAT16: class extends Uint16Array {},
  INT32: class extends Int32Array {},
  UINT8: class extends Uint8Array {},
  INT16: class extends Int16Array {},
  INT8: class extends Int8Array {},
  INT4: class extends Int8Array {},
};

function bytesOf(type: string, values: readonly number[]): Uint8Array {
  if (type === 'INT64') {
    return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer);
  }
  const array = arrays[type];
  if (array === undefined) throw new Error(`no constants of ${type}`);
  const { buffer, byteLength } = new array(values);
  return new Uint8Array(buffer as ArrayBuffer, 0, byteLength);
}

const typeOf = ({ type, scale }: TensorFixture) =>
  type ?? (scale === undefined ? 'FLOAT32' : 'INT8');

/** The bytes of a .tflite file. Each tensor is named by its key and has a buffer of its own. */
export function tfliteFile(fixture: ModelFixture): Uint8Array {
  const graphs = [fixture, ...(fixture.others ?? [])];
  const buffers: object[] = [{}];
  const operatorCodes: object[] = [];
  const subgraphs = graphs.map(({ tensors, operators: list, inputs, outputs }) => {
    const keys = Object.keys(tensors);
    const indexOf = (key: string): number => {
      if (key !== '' && !keys.includes(key)) throw new Error(`no tensor ${key}`);
      return key === '' ? -1 : keys.indexOf(key);
    };
    const [firstBuffer, firstCode] = [buffers.length, operatorCodes.length];
    buffers.push(...Object.values(tensors).map(bufferOf));
    operatorCodes.push(...list.map(codeOf));
    return {
      tensors: Object.entries(tensors).map(([key, tensor], i) =>
        tensorTable(key, tensor, firstBuffer + i),
      ),
      inputs: inputs.map(indexOf),
      outputs: outputs.map(indexOf),
      operators: list.map((operator, i) => ({
        opcodeIndex: firstCode + i,
        inputs: operator.inputs.map(indexOf),
        outputs: operator.outputs.map(indexOf),
        builtinOptions: optionsOf(operator),
      })),
      name: 'main',
    };
  });
  const model = {
    version: 3,
    operatorCodes,
    subgraphs,
    description: 'made by wick for its tests',
    buffers,
    ...fixture.model,
  };
  return writeFlatBuffer(modelSchema, model, fileIdentifier);
}

function bufferOf(tensor: TensorFixture) {
  return tensor.data === undefined ? {} : { data: bytesOf(typeOf(tensor), tensor.data) };
}

function tensorTable(key: string, tensor: TensorFixture, buffer: number) {
  const { shape, scale, zeroPoint, axis, shapeSignature, isVariable, name = key } = tensor;
  const quantization = {
    scale,
    zeroPoint: zeroPoint ?? scale?.map(() => 0),
    quantizedDimension: axis,
  };
  return {
    shape,
    type: typeNames.indexOf(typeOf(tensor)),
    buffer,
    name,
    shapeSignature,
    isVariable,
    quantization: scale === undefined ? undefined : quantization,
  };
}

function codeOf({ op, version, customCode }: OperatorFixture) {
  const code = operatorNames.indexOf(op);
  if (code < 0) throw new Error(`no operator ${op}`);
  return { deprecatedBuiltinCode: Math.min(code, 127), builtinCode: code, version, customCode };
}

function optionsOf({ op, options, optionsType }: OperatorFixture) {
  const type = optionsType ?? operators[op]?.options?.type;
  return options === undefined || type === undefined ? undefined : { type, values: options };
}

/** A tensor of int8 activations: scale 0.5 and zero point 0 where nothing else is said. */
export function int8(
  shape: readonly number[],
  scale = 0.5,
  zeroPoint = 0,
  data?: readonly number[],
): TensorFixture {
  return {
    shape,
    scale: [scale],
    zeroPoint: [zeroPoint],
    ...(data === undefined ? {} : { data }),
  };
}

/** A constant vector of whole numbers. */
export function numbers(...data: readonly number[]): TensorFixture {
  return { shape: [data.length], type: 'INT32', data };
}

/** A model of one operator, whose inputs are the operator's activations. */
export function oneOperator(
  operator: OperatorFixture,
  tensors: Readonly<Record<string, TensorFixture>>,
): ModelFixture {
  const isActivation = (key: string) =>
    key !== '' && tensors[key]?.data === undefined && tensors[key]?.isVariable !== true;
  return {
    tensors,
    operators: [operator],
    inputs: operator.inputs.filter(isActivation),
    outputs: operator.outputs,
  };
}

/** The smallest model: y = max(x, 0) of two values. */
export const smallModel: ModelFixture = oneOperator(
  { op: 'RELU', inputs: ['x'], outputs: ['y'] },
  { x: int8([1, 2]), y: int8([1, 2]) },
);
