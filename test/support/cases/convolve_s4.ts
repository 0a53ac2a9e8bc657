import type { CaseMapping } from '../case-values.ts';
import { convolveCase } from './convolve_s8.ts';

/** `arm_convolve_s4` and its variants. */
export const convolveS4: CaseMapping = (example) => convolveCase(example, 4);
