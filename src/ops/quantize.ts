import { rescaleOp } from './support/rescale.ts';

/** The same values under another int8 quantization. Source: TFLM `reference_ops::Requantize`, int8 to int8. */
export const quantize = rescaleOp('quantize', 'none');
