import { extremum } from './support/extremum.ts';

/** The greater of two values, with broadcasting; the second input may be a constant. */
export const maximum = extremum('maximum');
