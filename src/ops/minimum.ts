import { extremum } from './support/extremum.ts';

/** The lesser of two values, with broadcasting; the second input may be a constant. */
export const minimum = extremum('minimum');
