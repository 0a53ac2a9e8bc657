/** An inner loop as assembler source: a line an instruction, the last one its branch to `turn`. */
export interface KnownLoop {
  readonly name: string;
  readonly source: string;
  readonly lines: readonly string[];
}

/** Four int8 values as two registers of int16 pairs: the even ones and the odd ones. */
const widen = (from: string, even: string, odd: string) => [
  `sxtb16 ${even}, ${from}`,
  `sxtb16 ${odd}, ${from}, ror #8`,
];

/**
 * Two channels by two pixels, four columns a turn: weights int8, pixels widened to int16 before. The branch of
 * `arm_nn_mat_mult_kernel_s8_s16` for the DSP extension.
 */
const kernelS8S16: KnownLoop = {
  name: 'arm_nn_mat_mult_kernel_s8_s16',
  source: 'Source/ConvolutionFunctions/arm_nn_mat_mult_kernel_s8_s16.c',
  lines: [
    'ldr r8, [r2], #4',
    'ldr r9, [r3], #4',
    'ldr r10, [r0], #4',
    ...widen('r10', 'r11', 'r10'),
    'ldr r12, [r1], #4',
    ...widen('r12', 'lr', 'r12'),
    'smlad r4, r11, r8, r4',
    'smlad r5, r11, r9, r5',
    'smlad r6, lr, r8, r6',
    'smlad r7, lr, r9, r7',
    'ldr r8, [r2], #4',
    'ldr r9, [r3], #4',
    'smlad r4, r10, r8, r4',
    'smlad r5, r10, r9, r5',
    'smlad r6, r12, r8, r6',
    'smlad r7, r12, r9, r7',
    // The counter has no register left: the pointer to a row's end stands for it.
    'cmp r0, sp',
    'bne turn',
  ],
};

/** Both matrices int8, two rows by two rows, four columns: a quarter of a turn of `arm_nn_mat_mult_nt_t_s8`. */
const fourColumns = [
  'ldr r8, [r1], #4',
  ...widen('r8', 'r9', 'r8'),
  'ldr r10, [r0], #4',
  ...widen('r10', 'r11', 'r10'),
  'ldr r12, [r1, r2]',
  'smlad r4, r11, r9, r4',
  'smlad r4, r10, r8, r4',
  'sxtb16 lr, r12',
  'sxtb16 r12, r12, ror #8',
  'smlad r5, r11, lr, r5',
  'smlad r5, r10, r12, r5',
  'ldr r10, [r0, r2]',
  ...widen('r10', 'r11', 'r10'),
  'smlad r6, r11, r9, r6',
  'smlad r7, r11, lr, r7',
  'smlad r6, r10, r8, r6',
  'smlad r7, r10, r12, r7',
];

const multiplyTransposed: KnownLoop = {
  name: 'arm_nn_mat_mult_nt_t_s8',
  source: 'Source/NNSupportFunctions/arm_nn_mat_mult_nt_t_s8.c',
  lines: [
    ...[fourColumns, fourColumns, fourColumns, fourColumns].flat(),
    'adds r3, #16',
    'cmp r3, sp',
    'ble turn',
  ],
};

/**
 * The loops in which CMSIS-NN spends convolutions, written down by hand from what their C says: its loads, widenings and
 * products, in the registers that there are. What a compiler makes of them has at least these instructions.
 */
export const cmsisNnLoops: readonly KnownLoop[] = [kernelS8S16, multiplyTransposed];
