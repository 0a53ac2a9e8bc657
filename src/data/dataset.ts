/** Labelled samples in memory. A sample's real input values are `scale * (raw - zeroPoint)`. */
export interface Samples {
  /** Raw values, sample after sample, each row-major in `shape` (NHWC without N). */
  readonly data: Uint8Array | Int8Array | Float32Array;
  /** The shape of one sample, for example [28, 28, 1]. */
  readonly shape: readonly number[];
  readonly scale: number;
  readonly zeroPoint: number;
  /** The class of each sample. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** A data set: what is trained on, what is held back, and the names of the classes. */
export interface Dataset {
  readonly name: string;
  readonly train: Samples;
  readonly test: Samples;
  readonly labels: readonly string[];
}
