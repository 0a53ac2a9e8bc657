import { rescaleOp } from './support/rescale.ts';

/**
 * min(max(x, -1), 1). TFLM has no kernel for it, so this is TFLM's `ReluQuantized` with the range that TFLite
 * `CalculateActivationRangeQuantized` gives, as TFLite's `QuantizedReluX` does.
 */
export const reluN1To1 = rescaleOp('relu_n1_to_1', 'relu_n1_to_1');
