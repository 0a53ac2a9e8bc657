import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Optimize, State, StateTensor, Variant } from './op.ts';
import {
  type Activation,
  activate,
  activationSchema,
  quantizedActivationRange,
} from './support/activation.ts';
import {
  multiplyByQuantizedMultiplier,
  type OutputStage,
  type QuantizedMultiplier,
  requantize,
} from './support/fixedpoint.ts';
import { checkAccumulators, foldZeroPoint } from './support/pack.ts';
import { concatenateAligned, packProduct } from './support/product.ts';
import { biasData, int8Data, multiplierFor, perTensor } from './support/quantized.ts';
import { createState } from './support/state.ts';
import { checkShape, checkSumScale, symmetricScale } from './support/symmetric.ts';
import { nodeTitle } from './support/title.ts';

/** The attributes of an SVDF. */
export interface SvdfAttributes {
  /** How many filters a unit has. */
  readonly rank: number;
  readonly activation: Activation;
  /** The quantization of what the filters remember, which is no tensor of the graph. */
  readonly stateScale: number;
  readonly stateZeroPoint: number;
}

/** The parameters of an int8 SVDF. A unit's filters are neighbours, its first one at `unit * rank`. */
export interface SvdfParameters {
  readonly inputCount: number;
  readonly unitCount: number;
  readonly rank: number;
  /** How many steps a filter remembers. */
  readonly memory: number;
  readonly inputZeroPoint: number;
  readonly stateZeroPoint: number;
  /** [filters][inputs] */
  readonly featureWeights: Int8Array;
  /** Turns a sum over the input into a value of the state. */
  readonly feature: QuantizedMultiplier;
  /** [filters][memory], the oldest step first; the state has the same type. */
  readonly timeWeights: Int8Array | Int16Array;
  /** One a unit. */
  readonly bias: Int32Array;
  /** One channel for all units. */
  readonly output: OutputStage;
}

type ShapeContext = Omit<NodeContext<SvdfAttributes>, 'outputs'>;

function shapeOf(context: ShapeContext) {
  const where = nodeTitle(context);
  const [input, features, time] = context.inputs as [Tensor, Tensor, Tensor];
  const [batch, inputCount] = input.shape;
  if (input.shape.length !== 2 || batch !== 1 || inputCount === undefined) {
    throw new WickError({
      what: 'input is not one vector',
      where,
      expected: 'shape 1xN',
      received: formatShape(input.shape),
      hint: 'put a reshape before it',
    });
  }
  const { rank } = context.attributes;
  const [filters = 0] = features.shape;
  const [, memory = 1] = time.shape;
  if (filters % rank !== 0) {
    throw new WickError({
      what: 'filters do not fit the rank',
      where,
      expected: `a multiple of ${rank}`,
      received: `${filters}`,
    });
  }
  checkShape(where, features, [filters, inputCount]);
  checkShape(where, time, [filters, memory]);
  return { inputCount, filters, memory, unitCount: filters / rank };
}

/** Source: TFLM `PrepareSvdf`, which multiplies the scales in float32. */
function prepare(context: NodeContext<SvdfAttributes>): SvdfParameters {
  const where = nodeTitle(context);
  const { rank, activation, stateScale, stateZeroPoint } = context.attributes;
  const [input, features, time, bias] = context.inputs as [Tensor, Tensor, Tensor, Tensor?];
  const { inputCount, memory, unitCount } = shapeOf(context);
  const { scale: inputScale, zeroPoint: inputZeroPoint } = perTensor(where, input);
  const output = perTensor(where, context.outputs[0] as Tensor);
  const { fround } = Math;
  const state = fround(stateScale);
  const feature = fround(fround(inputScale * symmetricScale(where, features)) / state);
  const sumScale = fround(state * symmetricScale(where, time));
  checkSumScale(where, bias, sumScale, 1e-5);
  const { multiplier, shift } = multiplierFor(where, 'the sum', fround(sumScale / output.scale));
  return {
    inputCount,
    unitCount,
    rank,
    memory,
    inputZeroPoint,
    stateZeroPoint,
    featureWeights: int8Data(where, features),
    feature: multiplierFor(where, 'the state', feature),
    timeWeights: time.data instanceof Int16Array ? time.data : int8Data(where, time),
    bias: biasData(where, bias, unitCount),
    output: {
      multipliers: Int32Array.of(multiplier),
      shifts: Int32Array.of(shift),
      outputZeroPoint: output.zeroPoint,
      ...quantizedActivationRange(activation, output.scale, output.zeroPoint),
    },
  };
}

const isWide = ({ timeWeights }: SvdfParameters) => timeWeights instanceof Int16Array;

function state(parameters: SvdfParameters): readonly StateTensor[] {
  const { timeWeights, stateZeroPoint } = parameters;
  const dtype = isWide(parameters) ? 'int16' : 'int8';
  return [{ dtype, length: timeWeights.length, initial: stateZeroPoint }];
}

/** Source: TFLM `EvalIntegerSvdfReference`; the sums over an int16 state wrap, as they do there in practice. */
function reference(
  parameters: SvdfParameters,
  inputs: readonly Int8Array[],
  kept: State = createState(state(parameters)),
): Int8Array {
  const { inputCount, unitCount, rank, memory, feature, timeWeights, stateZeroPoint } = parameters;
  const [input] = inputs as [Int8Array];
  const [values] = kept as [Int8Array | Int16Array];
  const most = isWide(parameters) ? 32767 : 127;
  const filters = unitCount * rank;
  for (let filter = 0; filter < filters; filter++) {
    let sum = 0;
    for (let i = 0; i < inputCount; i++) {
      const weight = parameters.featureWeights[filter * inputCount + i] as number;
      sum += weight * ((input[i] as number) - parameters.inputZeroPoint);
    }
    const scaled = multiplyByQuantizedMultiplier(sum, feature.multiplier, feature.shift);
    const newest = Math.min(most, Math.max(-most - 1, scaled + stateZeroPoint));
    values.copyWithin(filter * memory, filter * memory + 1, (filter + 1) * memory);
    values[(filter + 1) * memory - 1] = newest;
  }
  return Int8Array.from({ length: unitCount }, (_, unit) => {
    let sum = parameters.bias[unit] as number;
    for (let k = unit * rank * memory; k < (unit + 1) * rank * memory; k++) {
      sum += (timeWeights[k] as number) * ((values[k] as number) - stateZeroPoint);
    }
    return requantize(sum, 0, parameters.output);
  });
}

/** Before the first step a filter remembers zeros, so that only the newest of its time weights counts. */
function referenceFloat(
  context: NodeContext<SvdfAttributes>,
  inputs: readonly Float32Array[],
): Float32Array {
  const [input, features, time, bias] = inputs as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array?,
  ];
  const { rank, activation } = context.attributes;
  const { inputCount, memory, unitCount } = shapeOf(context);
  return Float32Array.from({ length: unitCount }, (_, unit) => {
    let sum = bias?.[unit] ?? 0;
    for (let filter = unit * rank; filter < (unit + 1) * rank; filter++) {
      let value = 0;
      for (let i = 0; i < inputCount; i++) {
        value += (input[i] as number) * (features[filter * inputCount + i] as number);
      }
      sum += value * (time[(filter + 1) * memory - 1] as number);
    }
    return activate(sum, activation);
  });
}

/**
 * For each unit its time weights, filled up with zeros to a multiple of `step` elements, then bias (with the state's zero
 * point folded in), multiplier and shift.
 */
function packTime(parameters: SvdfParameters, step: number): Uint8Array {
  const { unitCount, rank, memory, timeWeights, bias, stateZeroPoint, output } = parameters;
  const length = rank * memory;
  const { BYTES_PER_ELEMENT: size } = timeWeights;
  const rowBytes = Math.ceil(length / step) * step * size;
  const bytes = new DataView(new ArrayBuffer(unitCount * (rowBytes + 12)));
  for (let unit = 0; unit < unitCount; unit++) {
    const start = unit * (rowBytes + 12);
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const weight = timeWeights[unit * length + k] as number;
      sum += weight;
      if (size === 1) bytes.setInt8(start + k, weight);
      else bytes.setInt16(start + 2 * k, weight, true);
    }
    bytes.setInt32(start + rowBytes, (bias[unit] as number) - stateZeroPoint * sum, true);
    bytes.setInt32(start + rowBytes + 4, output.multipliers[0] as number, true);
    bytes.setInt32(start + rowBytes + 8, output.shifts[0] as number, true);
  }
  return new Uint8Array(bytes.buffer);
}

function lower(parameters: SvdfParameters, variant: Variant, optimize: Optimize): KernelCall {
  const { inputCount, unitCount, rank, memory, featureWeights, timeWeights, output } = parameters;
  const filters = unitCount * rank;
  const zeros = new Int32Array(filters);
  checkAccumulators(featureWeights, inputCount, zeros);
  if (timeWeights instanceof Int8Array) {
    checkAccumulators(timeWeights, rank * memory, parameters.bias);
  }
  const wide = isWide(parameters);
  const features = packProduct(
    {
      rows: filters,
      depth: inputCount,
      weights: featureWeights,
      bias: foldZeroPoint(featureWeights, inputCount, zeros, parameters.inputZeroPoint),
      multipliers: new Int32Array(filters).fill(parameters.feature.multiplier),
      shifts: new Int32Array(filters).fill(parameters.feature.shift),
    },
    {
      outputZeroPoint: parameters.stateZeroPoint,
      min: wide ? -32768 : -128,
      max: wide ? 32767 : 127,
    },
    variant,
    optimize,
  );
  const time = packTime(parameters, variant === 'simd' ? 8 : 4 / timeWeights.BYTES_PER_ELEMENT);
  const { bytes, offsets } = concatenateAligned([features.bytes, time]);
  return {
    kernel: `svdf${features.layout}`,
    arguments: [
      { input: 0 },
      { weights: 0 },
      { weights: offsets[1] as number },
      { state: 0 },
      { output: 0 },
      { scratch: 0 },
      inputCount,
      unitCount,
      rank,
      memory,
      parameters.stateZeroPoint,
      output.outputZeroPoint,
      output.min,
      output.max,
      wide ? 1 : 0,
      ...features.arguments,
    ],
    weights: bytes,
    scratchBytes: features.scratchBytes + filters * timeWeights.BYTES_PER_ELEMENT,
  };
}

/**
 * A singular value decomposition filter, with a fused activation: `features` of the newest input are remembered for
 * `memory` steps, and an output is a weighted sum over what its filters remember. Inputs: x [1, N], feature weights
 * [units * rank, N], time weights [units * rank, memory] of int8 or int16, at choice a bias [units].
 */
export const svdf: Op<SvdfAttributes, SvdfParameters> = {
  name: 'svdf',
  attributes: strictObject({
    rank: wholeNumber(1),
    activation: activationSchema,
    stateScale: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    stateZeroPoint: v.optional(wholeNumber(-128, 127), 0),
  }),
  inputCount: [3, 4],
  inferShapes: (context) => [[1, shapeOf(context).unitCount]],
  macs: (context) => {
    const { filters, inputCount, memory } = shapeOf(context);
    return filters * (inputCount + memory);
  },
  outputQuantization: { kind: 'calibrated' },
  prepare,
  state,
  reference,
  referenceFloat,
  lower,
  inPlace: () => false,
};
