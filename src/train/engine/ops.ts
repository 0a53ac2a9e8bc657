import { clamp } from './ops/clamp.ts';
import { conv2d } from './ops/conv2d.ts';
import { dense } from './ops/dense.ts';
import { maxPool2d } from './ops/max_pool2d.ts';
import { reshape } from './ops/reshape.ts';
import { softmax } from './ops/softmax.ts';
import type { TrainingOp } from './plan.ts';

/** The ops that the training engine can run, by the names of the program (program.ts). */
export const trainingOps: ReadonlyMap<string, TrainingOp> = new Map<string, TrainingOp>([
  ['clamp', clamp as TrainingOp],
  ['conv2d', conv2d as TrainingOp],
  ['dense', dense],
  ['max_pool2d', maxPool2d as TrainingOp],
  ['reshape', reshape],
  ['softmax', softmax as TrainingOp],
]);
