import { WickError } from '../../errors.ts';
import type { Tensor } from '../../graph/types.ts';
import { strictObject } from '../../schema.ts';
import type { KernelArgument, KernelCall, NodeContext, Op, Optimize, Variant } from '../op.ts';
import {
  type Activation,
  activate,
  activationSchema,
  quantizedActivationRange,
} from './activation.ts';
import {
  combineFloat,
  combineInt8,
  inferBroadcast,
  isInPlace,
  lowerOperands,
  type Operands,
  operandsOf,
} from './broadcast.ts';
import {
  multiplyByQuantizedMultiplier,
  type OutputStage,
  type QuantizedMultiplier,
  requantize,
} from './fixedpoint.ts';
import { multiplierFor, perTensor } from './quantized.ts';
import { nodeTitle } from './title.ts';

/** Bits by which both operands are shifted left before they are rescaled to a common step. */
const headroom = 20;

/** The most bits that the kernel by tables, `addTables`, shifts a result right by. */
const largestTableShift = 21;

export interface SumAttributes {
  readonly activation: Activation;
}

/** How an operand comes to the common step. */
export interface OperandStage extends QuantizedMultiplier {
  readonly zeroPoint: number;
}

/** The parameters of an int8 sum or difference; shifts are at most 0, the output stage has one channel. */
export interface SumParameters extends Operands {
  readonly first: OperandStage;
  readonly second: OperandStage;
  readonly output: OutputStage;
}

/** The factors that bring each operand to the common step and the result to the output's. */
export type SumFactors = (
  firstScale: number,
  secondScale: number,
  outputScale: number,
) => { readonly first: number; readonly second: number; readonly output: number };

/** A multiplier as TFLite's `QuantizeMultiplierSmallerThanOneExp` makes it: of a factor below 1. */
function smallerThanOne(where: string, what: string, factor: number): QuantizedMultiplier {
  const quantized = multiplierFor(where, what, factor);
  if (factor < 1 && quantized.shift <= 0) return quantized;
  throw new WickError({
    what: `${what} cannot be rescaled`,
    where,
    expected: 'a factor below 1',
    received: `${factor}`,
    hint: 'the scale of the output is too small for those of the inputs',
  });
}

function prepare(context: NodeContext<SumAttributes>, factors: SumFactors): SumParameters {
  const where = nodeTitle(context);
  const [a, b] = (context.inputs as [Tensor, Tensor]).map((tensor) => perTensor(where, tensor)) as [
    ReturnType<typeof perTensor>,
    ReturnType<typeof perTensor>,
  ];
  const { scale, zeroPoint } = perTensor(where, context.outputs[0] as Tensor);
  const { first, second, output } = factors(a.scale, b.scale, scale);
  const { multiplier, shift } = smallerThanOne(where, 'the sum', output);
  return {
    ...operandsOf(context),
    first: { zeroPoint: a.zeroPoint, ...smallerThanOne(where, 'the first input', first) },
    second: { zeroPoint: b.zeroPoint, ...smallerThanOne(where, 'the second input', second) },
    output: {
      multipliers: Int32Array.of(multiplier),
      shifts: Int32Array.of(shift),
      outputZeroPoint: zeroPoint,
      ...quantizedActivationRange(context.attributes.activation, scale, zeroPoint),
    },
  };
}

function toCommonStep(value: number, { zeroPoint, multiplier, shift }: OperandStage): number {
  return multiplyByQuantizedMultiplier((value - zeroPoint) * 2 ** headroom, multiplier, shift);
}

/** Twice an operand's value in the common step, signed, for each int8 in the order of the byte's unsigned value. */
function table(stage: OperandStage, sign: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * 256));
  for (let byte = 0; byte < 256; byte++) {
    view.setInt32(4 * byte, 2 * sign * toCommonStep((byte << 24) >> 24, stage), true);
  }
  return new Uint8Array(view.buffer);
}

const sameStage = (a: OperandStage, b: OperandStage) =>
  a.zeroPoint === b.zeroPoint && a.multiplier === b.multiplier && a.shift === b.shift;

/** Whether the v128 kernel can bring an operand to the common step; see assembly/int8/add.ts. */
const isInVectorReach = ({ multiplier, shift }: OperandStage) =>
  multiplier < 2 ** 31 - 2 ** 15 && shift >= -30;

/**
 * Scalar kernels for speed read each operand's rescaled value from a table of 1 KiB, one table for both operands where
 * they are rescaled alike; for size they compute it. Hosts take the latter too where the v128 kernel could leave int32.
 */
function lower(
  parameters: SumParameters,
  sign: number,
  variant: Variant,
  optimize: Optimize,
): KernelCall {
  const { first, second, output } = parameters;
  const [multiplier, shift] = [output.multipliers[0] as number, output.shifts[0] as number];
  const last = [output.outputZeroPoint, output.min, output.max];
  const combine = sum(parameters, sign);
  // Without a right shift there is nothing to round, which the kernel by tables does in any case; beyond the largest its
  // 32 bits are too few.
  if (variant === 'scalar' && optimize === 'speed' && shift < 0 && shift >= -largestTableShift) {
    const shared = sign === 1 && sameStage(first, second);
    const tables = [table(first, 1), ...(shared ? [] : [table(second, sign)])];
    const numbers: KernelArgument[] = [
      { weights: 0 },
      { weights: shared ? 0 : 4 * 256 },
      multiplier,
      -shift,
      ...last,
    ];
    const bytes = Uint8Array.from(tables.flatMap((each) => [...each]));
    return lowerOperands(parameters, { name: 'addTables', numbers, tables: bytes }, combine);
  }
  const stage = ({ zeroPoint, multiplier, shift }: OperandStage) => [zeroPoint, multiplier, shift];
  const numbers = [...stage(first), ...stage(second), sign, multiplier, shift, ...last];
  const inReach = [first, second].every(isInVectorReach) && shift >= -22 && shift <= -1;
  const name = variant === 'simd' && inReach ? 'addVector' : 'add';
  return lowerOperands(parameters, { name, numbers }, combine);
}

function sum({ first, second, output }: SumParameters, sign: number) {
  return (a: number, b: number) =>
    requantize(toCommonStep(a, first) + sign * toCommonStep(b, second), 0, output);
}

/** The op `first + sign * second`, element by element with broadcasting, with a fused activation. */
export function sumOp(
  name: string,
  sign: 1 | -1,
  factors: SumFactors,
): Op<SumAttributes, SumParameters> {
  return {
    name,
    attributes: strictObject({ activation: activationSchema }),
    inputCount: [2, 2],
    inferShapes: inferBroadcast,
    macs: () => 0,
    outputQuantization: { kind: 'calibrated' },
    fusesActivation: true,
    prepare: (context) => prepare(context, factors),
    reference: (parameters, inputs) => combineInt8(parameters, inputs, sum(parameters, sign)),
    referenceFloat: (context, inputs) =>
      combineFloat(context, inputs, (first, second) =>
        activate(first + sign * second, context.attributes.activation),
      ),
    lower: (parameters, variant, optimize) => lower(parameters, sign, variant, optimize),
    inPlace: isInPlace,
  };
}
