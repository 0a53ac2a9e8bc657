// The options of operators. Source: TFLite `schema.fbs`, whose names of fields these are in camel case.
import { field, type Schema, type UnionMember } from './fields.ts';

/** The options of an operator: their number among all options (`BuiltinOptions`), their table's name and fields. */
export interface OptionsTable<S extends Schema = Schema> extends UnionMember {
  readonly type: number;
  readonly schema: S;
}

const table = <S extends Schema>(type: number, name: string, schema: S): OptionsTable<S> => ({
  type,
  name,
  schema,
});

const { bool, scalar, text, vector } = field;

const byte = (id: number) => scalar(id, 'int8');
const int = (id: number, absent = 0) => scalar(id, 'int32', absent);
const float = (id: number) => scalar(id, 'float32');

export const conv2dOptions = table(1, 'Conv2DOptions', {
  padding: byte(0),
  strideW: int(1),
  strideH: int(2),
  fusedActivationFunction: byte(3),
  dilationWFactor: int(4, 1),
  dilationHFactor: int(5, 1),
  quantizedBiasType: byte(6),
});

export const depthwiseConv2dOptions = table(2, 'DepthwiseConv2DOptions', {
  padding: byte(0),
  strideW: int(1),
  strideH: int(2),
  depthMultiplier: int(3),
  fusedActivationFunction: byte(4),
  dilationWFactor: int(5, 1),
  dilationHFactor: int(6, 1),
});

export const pool2dOptions = table(5, 'Pool2DOptions', {
  padding: byte(0),
  strideW: int(1),
  strideH: int(2),
  filterWidth: int(3),
  filterHeight: int(4),
  fusedActivationFunction: byte(5),
});

export const svdfOptions = table(6, 'SVDFOptions', {
  rank: int(0),
  fusedActivationFunction: byte(1),
  asymmetricQuantizeInputs: bool(2),
});

export const fullyConnectedOptions = table(8, 'FullyConnectedOptions', {
  fusedActivationFunction: byte(0),
  weightsFormat: byte(1),
  keepNumDims: bool(2),
  asymmetricQuantizeInputs: bool(3),
  quantizedBiasType: byte(4),
});

export const softmaxOptions = table(9, 'SoftmaxOptions', { beta: float(0) });

export const concatenationOptions = table(10, 'ConcatenationOptions', {
  axis: int(0),
  fusedActivationFunction: byte(1),
});

export const addOptions = table(11, 'AddOptions', {
  fusedActivationFunction: byte(0),
  potScaleInt16: bool(1, true),
});

export const resizeBilinearOptions = table(15, 'ResizeBilinearOptions', {
  alignCorners: bool(2),
  halfPixelCenters: bool(3),
});

export const reshapeOptions = table(17, 'ReshapeOptions', { newShape: vector(0, 'int32') });

export const mulOptions = table(21, 'MulOptions', { fusedActivationFunction: byte(0) });

export const padOptions = table(22, 'PadOptions', {});

export const transposeOptions = table(26, 'TransposeOptions', {});

export const reducerOptions = table(27, 'ReducerOptions', { keepDims: bool(0) });

export const subOptions = table(28, 'SubOptions', {
  fusedActivationFunction: byte(0),
  potScaleInt16: bool(1, true),
});

export const squeezeOptions = table(30, 'SqueezeOptions', { squeezeDims: vector(0, 'int32') });

export const stridedSliceOptions = table(32, 'StridedSliceOptions', {
  beginMask: int(0),
  endMask: int(1),
  ellipsisMask: int(2),
  newAxisMask: int(3),
  shrinkAxisMask: int(4),
  offset: bool(5),
});

export const splitOptions = table(35, 'SplitOptions', { numSplits: int(0) });

export const dequantizeOptions = table(38, 'DequantizeOptions', {});

export const maximumMinimumOptions = table(39, 'MaximumMinimumOptions', {});

export const padV2Options = table(43, 'PadV2Options', {});

export const sliceOptions = table(48, 'SliceOptions', {});

export const transposeConvOptions = table(49, 'TransposeConvOptions', {
  padding: byte(0),
  strideW: int(1),
  strideH: int(2),
  fusedActivationFunction: byte(3),
  quantizedBiasType: byte(4),
});

export const expandDimsOptions = table(52, 'ExpandDimsOptions', {});

export const shapeOptions = table(55, 'ShapeOptions', { outType: byte(0) });

export const packOptions = table(59, 'PackOptions', { valuesCount: int(0), axis: int(1) });

export const unpackOptions = table(64, 'UnpackOptions', { num: int(0), axis: int(1) });

export const sequenceLstmOptions = table(71, 'UnidirectionalSequenceLSTMOptions', {
  fusedActivationFunction: byte(0),
  cellClip: float(1),
  projClip: float(2),
  timeMajor: bool(3),
  asymmetricQuantizeInputs: bool(4),
  diagonalRecurrentTensors: bool(5),
});

export const resizeNearestNeighborOptions = table(74, 'ResizeNearestNeighborOptions', {
  alignCorners: bool(0),
  halfPixelCenters: bool(1),
});

export const leakyReluOptions = table(75, 'LeakyReluOptions', { alpha: float(0) });

export const mirrorPadOptions = table(77, 'MirrorPadOptions', { mode: byte(0) });

export const splitVOptions = table(79, 'SplitVOptions', { numSplits: int(0) });

export const quantizeOptions = table(89, 'QuantizeOptions', {});

export const hardSwishOptions = table(91, 'HardSwishOptions', {});

export const batchMatMulOptions = table(101, 'BatchMatMulOptions', {
  adjX: bool(0),
  adjY: bool(1),
  asymmetricQuantizeInputs: bool(2),
});

export const callOnceOptions = table(103, 'CallOnceOptions', { initSubgraphIndex: int(0) });

export const varHandleOptions = table(111, 'VarHandleOptions', {
  container: text(0),
  sharedName: text(1),
});

export const readVariableOptions = table(112, 'ReadVariableOptions', {});

export const assignVariableOptions = table(113, 'AssignVariableOptions', {});

/** Operators that are not imported, but whose options say why, or what to do. */
const otherOptions = [
  table(7, 'RNNOptions', { fusedActivationFunction: byte(0), asymmetricQuantizeInputs: bool(1) }),
  table(14, 'LSTMOptions', {
    fusedActivationFunction: byte(0),
    cellClip: float(1),
    projClip: float(2),
    kernelType: byte(3),
    asymmetricQuantizeInputs: bool(4),
  }),
  table(16, 'CallOptions', { subgraph: scalar(0, 'uint32') }),
  table(19, 'SpaceToDepthOptions', { blockSize: int(0) }),
  table(23, 'GatherOptions', { axis: int(0), batchDims: int(1) }),
  table(29, 'DivOptions', { fusedActivationFunction: byte(0) }),
  table(37, 'CastOptions', { inDataType: byte(0), outDataType: byte(1) }),
  table(40, 'ArgMaxOptions', { outputType: byte(0) }),
  table(57, 'ArgMinOptions', { outputType: byte(0) }),
  table(61, 'OneHotOptions', { axis: int(0) }),
  table(69, 'BidirectionalSequenceLSTMOptions', {
    fusedActivationFunction: byte(0),
    cellClip: float(1),
    projClip: float(2),
    mergeOutputs: bool(3),
    timeMajor: bool(4, true),
    asymmetricQuantizeInputs: bool(5),
  }),
  table(92, 'IfOptions', { thenSubgraphIndex: int(0), elseSubgraphIndex: int(1) }),
  table(93, 'WhileOptions', { condSubgraphIndex: int(0), bodySubgraphIndex: int(1) }),
  table(94, 'DepthToSpaceOptions', { blockSize: int(0) }),
  table(102, 'CumsumOptions', { exclusive: bool(0), reverse: bool(1) }),
  table(116, 'GeluOptions', { approximate: bool(0) }),
];

/** Every options table that is read, by its number. */
export const optionsTables: ReadonlyMap<number, OptionsTable> = new Map(
  [
    conv2dOptions,
    depthwiseConv2dOptions,
    pool2dOptions,
    svdfOptions,
    fullyConnectedOptions,
    softmaxOptions,
    concatenationOptions,
    addOptions,
    resizeBilinearOptions,
    reshapeOptions,
    mulOptions,
    padOptions,
    transposeOptions,
    reducerOptions,
    subOptions,
    squeezeOptions,
    stridedSliceOptions,
    splitOptions,
    dequantizeOptions,
    maximumMinimumOptions,
    padV2Options,
    sliceOptions,
    transposeConvOptions,
    expandDimsOptions,
    shapeOptions,
    packOptions,
    unpackOptions,
    sequenceLstmOptions,
    resizeNearestNeighborOptions,
    leakyReluOptions,
    mirrorPadOptions,
    splitVOptions,
    quantizeOptions,
    hardSwishOptions,
    batchMatMulOptions,
    callOnceOptions,
    varHandleOptions,
    readVariableOptions,
    assignVariableOptions,
    ...otherOptions,
  ].map((options) => [options.type, options]),
);

/** The values of a table that leaves every field out. */
export function absentValues(schema: Schema): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(schema).map(([name, entry]) => [
      name,
      entry.kind === 'scalar' ? entry.absent : entry.kind === 'tables' ? [] : undefined,
    ]),
  );
}
