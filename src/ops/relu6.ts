import { rescaleOp } from './support/rescale.ts';

/**
 * min(max(x, 0), 6). Source: TFLM `Relu6Quantized`, which takes input and output for equally quantized; where they are
 * not, the values are rescaled as TFLM `ReluQuantized` does.
 */
export const relu6 = rescaleOp('relu6', 'relu6');
