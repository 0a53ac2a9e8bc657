import { rescaleOp } from './support/rescale.ts';

/** max(x, 0). Source: TFLM `ReluQuantized`. */
export const relu = rescaleOp('relu', 'relu');
