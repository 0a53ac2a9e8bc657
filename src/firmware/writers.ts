import { writeNativeModel } from '../native/write.ts';
import type { EngineName, WriteModel } from './engines.ts';

/** What writes a model's C for each engine. */
export const writers: Readonly<Record<EngineName, WriteModel>> = { native: writeNativeModel };
