import type { CaseMapping } from '../case-values.ts';
import { fullyConnectedCase } from './fully_connected_s8.ts';

/** `arm_fully_connected_s4`. */
export const fullyConnectedS4: CaseMapping = (example) => fullyConnectedCase(example, 4);
