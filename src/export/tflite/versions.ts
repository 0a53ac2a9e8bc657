/** A version of an operator, and the oldest runtime that has it. */
type Runtimes = Readonly<Record<number, string>>;

/**
 * The versions of operators that are written, each with the oldest TFLite that has it. An operator with a version 2 has it
 * for int8, unless whoever writes it says otherwise. Sources: TFLite `op_version.cc`, `runtime_version.cc`.
 */
const versions: Readonly<Record<string, Runtimes>> = {
  ADD: { 1: '1.5.0', 2: '1.14.0' },
  ASSIGN_VARIABLE: { 1: '2.6.0' },
  AVERAGE_POOL_2D: { 1: '1.5.0', 2: '1.14.0' },
  BATCH_MATMUL: { 1: '2.3.0', 2: '2.3.0' },
  CALL_ONCE: { 1: '2.5.0' },
  CONCATENATION: { 1: '1.5.0', 2: '1.14.0' },
  CONV_2D: { 1: '1.5.0', 3: '1.14.0', 6: '2.9.0', 7: '2.11.0' },
  DEPTHWISE_CONV_2D: { 1: '1.5.0', 2: '1.12.0', 3: '1.14.0', 7: '2.11.0' },
  DEQUANTIZE: { 2: '1.14.0' },
  FULLY_CONNECTED: { 1: '1.5.0', 4: '1.14.0', 6: '2.1.0', 10: '2.11.0' },
  HARD_SWISH: { 1: '1.15.0' },
  LEAKY_RELU: { 1: '1.13.1' },
  LOGISTIC: { 1: '1.14.0', 2: '1.14.0' },
  MAXIMUM: { 1: '1.14.0', 2: '1.14.0' },
  MAX_POOL_2D: { 1: '1.5.0', 2: '1.14.0' },
  MEAN: { 1: '1.6.0', 2: '1.14.0' },
  MINIMUM: { 1: '1.14.0', 2: '1.14.0' },
  MIRROR_PAD: { 1: '1.13.1', 2: '2.3.0' },
  MUL: { 1: '1.5.0', 2: '1.14.0', 3: '1.15.0' },
  PAD: { 1: '1.5.0', 2: '1.14.0' },
  PADV2: { 1: '1.9.0', 2: '1.14.0' },
  PRELU: { 1: '1.8.0' },
  QUANTIZE: { 1: '1.14.0' },
  READ_VARIABLE: { 1: '2.6.0' },
  RELU: { 1: '1.5.0', 2: '2.1.0' },
  RELU6: { 1: '1.5.0', 2: '1.14.0' },
  RELU_N1_TO_1: { 1: '1.5.0' },
  RESHAPE: { 1: '1.5.0' },
  RESIZE_BILINEAR: { 1: '1.7.0', 2: '1.14.0', 3: '2.2.0' },
  RESIZE_NEAREST_NEIGHBOR: { 1: '1.13.1', 2: '1.14.0', 3: '2.3.0' },
  SOFTMAX: { 1: '1.5.0', 2: '1.14.0' },
  SPLIT: { 1: '1.5.0', 2: '1.14.0' },
  SPLIT_V: { 1: '1.13.1', 2: '2.3.0' },
  STRIDED_SLICE: { 1: '1.6.0', 2: '1.14.0' },
  SUB: { 1: '1.6.0', 2: '1.14.0' },
  SVDF: { 1: '1.5.0', 3: '2.2.0' },
  TANH: { 1: '1.14.0', 2: '1.14.0' },
  TRANSPOSE: { 1: '1.6.0', 2: '1.14.0' },
  TRANSPOSE_CONV: { 1: '1.9.0', 2: '2.2.0', 3: '2.3.0', 4: '2.13.0' },
  UNIDIRECTIONAL_SEQUENCE_LSTM: { 1: '1.13.1' },
  VAR_HANDLE: { 1: '2.6.0' },
};

/** The version of an operator of int8 or float32 tensors, where nothing but that decides it. */
export function usualVersion(operator: string, isInt8: boolean): number {
  return isInt8 && versions[operator]?.[2] !== undefined ? 2 : 1;
}

/** The oldest runtime that has a version of an operator. Throws where the table of versions lacks it. */
export function runtimeOf(operator: string, version: number): string {
  const runtime = versions[operator]?.[version];
  if (runtime === undefined) throw new Error(`no version ${version} of ${operator}`);
  return runtime;
}

/** The newest of some runtimes; `1.5.0`, the first, where there are none. */
export function newestRuntime(runtimes: readonly string[]): string {
  const rank = (runtime: string) =>
    runtime.split('.').reduce((sum, part) => 1000 * sum + Number(part), 0);
  return runtimes.reduce(
    (newest, runtime) => (rank(runtime) > rank(newest) ? runtime : newest),
    '1.5.0',
  );
}
