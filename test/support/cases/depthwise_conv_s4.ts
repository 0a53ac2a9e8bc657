import type { CaseMapping } from '../case-values.ts';
import { depthwiseConvCase } from './depthwise_conv_s8.ts';

/** `arm_depthwise_conv_s4` and its variants. */
export const depthwiseConvS4: CaseMapping = (example) => depthwiseConvCase(example, 4);
