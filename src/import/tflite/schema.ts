// The tables of a .tflite file that are read. Source: TFLite `schema.fbs`, whose names of fields these are in camel case.
import { field, type Values } from './fields.ts';
import { optionsTables } from './options.ts';

const { bool, bytes, scalar, table, tables, text, union, vector } = field;

/** The version of the format that this is: the only one there is. */
export const schemaVersion = 3;

/** The four characters by which a .tflite file is known. */
export const fileIdentifier = 'TFL3';

const quantizationSchema = {
  scale: vector(2, 'float32'),
  zeroPoint: vector(3, 'int64'),
  detailsType: scalar(4, 'uint8'),
  quantizedDimension: scalar(6, 'int32'),
};

const tensorSchema = {
  shape: vector(0, 'int32'),
  type: scalar(1, 'int8'),
  buffer: scalar(2, 'uint32'),
  name: text(3),
  quantization: table(4, quantizationSchema),
  isVariable: bool(5),
  sparsity: table(6, {}),
  shapeSignature: vector(7, 'int32'),
};

const operatorSchema = {
  opcodeIndex: scalar(0, 'uint32'),
  inputs: vector(1, 'int32'),
  outputs: vector(2, 'int32'),
  builtinOptions: union(4, optionsTables),
  customOptions: bytes(5),
  intermediates: vector(8, 'int32'),
};

const subgraphSchema = {
  tensors: tables(0, tensorSchema),
  inputs: vector(1, 'int32'),
  outputs: vector(2, 'int32'),
  operators: tables(3, operatorSchema),
  name: text(4),
};

const operatorCodeSchema = {
  deprecatedBuiltinCode: scalar(0, 'int8'),
  customCode: text(1),
  version: scalar(2, 'int32', 1),
  builtinCode: scalar(3, 'int32'),
};

/** The root table. */
export const modelSchema = {
  version: scalar(0, 'uint32'),
  operatorCodes: tables(1, operatorCodeSchema),
  subgraphs: tables(2, subgraphSchema),
  description: text(3),
  buffers: tables(4, {
    data: bytes(0),
    offset: scalar(1, 'uint64'),
    size: scalar(2, 'uint64'),
  }),
  metadata: tables(6, { name: text(0), buffer: scalar(1, 'uint32') }),
};

/** A model as its file holds it. */
export type ModelTable = Values<typeof modelSchema>;
/** A graph of a model. */
export type SubgraphTable = Values<typeof subgraphSchema>;
/** A tensor of a graph. */
export type TensorTable = Values<typeof tensorSchema>;
/** An operator of a graph. */
export type OperatorTable = Values<typeof operatorSchema>;
/** The scales and zero points of a tensor. */
export type QuantizationTable = Values<typeof quantizationSchema>;
