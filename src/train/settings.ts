import * as v from 'valibot';
import { wholeNumber } from '../schema.ts';
import { optimizerSchema } from './optimizer.ts';

/** The schema of each setting of a training run, the same for `train` and for a configuration file. */
export const trainingSettings = {
  epochs: wholeNumber(1, 1_000_000),
  batchSize: wholeNumber(1, 1_000_000),
  optimizer: optimizerSchema,
  /** The learning rate is multiplied by this after each epoch. */
  learningRateDecay: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
};
