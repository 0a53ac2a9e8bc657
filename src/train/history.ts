/** What one epoch of training reached. Accuracies are 0 to 1. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the epoch's training samples. */
  readonly loss: number;
  /** Accuracy on the training samples, as seen while training. */
  readonly accuracy: number;
  /** Accuracy on the held-back samples after the epoch. */
  readonly testAccuracy: number;
}

/** The record of a training run, in the order of time. */
export interface TrainHistory {
  /** Mean loss of each step (one batch). */
  readonly stepLosses: readonly number[];
  readonly epochs: readonly EpochRecord[];
  /** Training samples a second, evaluation left out. */
  readonly imagesPerSecond: number;
}
