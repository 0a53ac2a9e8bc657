/** What could be done about an operator that is not imported, for those of which there is more to say. */
const hints: Readonly<Record<string, string>> = {
  ABS: 'write it as MAXIMUM of the tensor and its negative',
  CALL: 'inline the function before converting',
  CAST: 'keep one type throughout the graph; only QUANTIZE and DEQUANTIZE at its borders change it',
  DIV: 'multiply by the reciprocal',
  ELU: 'use RELU, LEAKY_RELU or HARD_SWISH',
  EXP: 'use LOGISTIC or SOFTMAX, or take the exponential on the host',
  GATHER: 'pick fixed places with SLICE or STRIDED_SLICE',
  GELU: 'use RELU or HARD_SWISH',
  IF: 'control flow is not supported: convert the branch that is taken',
  LSTM: 'use UNIDIRECTIONAL_SEQUENCE_LSTM, as the converter makes of a Keras LSTM layer',
  BIDIRECTIONAL_SEQUENCE_LSTM: 'use two UNIDIRECTIONAL_SEQUENCE_LSTM',
  ARG_MAX: 'leave the choice of the greatest score to the host',
  ARG_MIN: 'leave the choice of the least score to the host',
  TOPK_V2: 'leave the choice of the greatest scores to the host',
  L2_NORMALIZATION: 'normalize on the host, or train without it',
  LOG_SOFTMAX: 'end in SOFTMAX or in the logits',
  WHILE: 'control flow is not supported: unroll the loop before converting',
};

/** What could be done about an operator that is not imported. */
export function hintFor(operator: string): string {
  if (operator.startsWith('CUSTOM')) {
    return 'custom operators are not supported: write the layer with built-in ones, or convert without SELECT_TF_OPS';
  }
  return hints[operator] ?? 'build the model from the operators that docs/import.md lists';
}
