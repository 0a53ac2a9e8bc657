/** A point of a curve over training steps; steps count from 1. */
export interface StepPoint {
  readonly step: number;
  readonly loss: number;
}

/**
 * The exponential moving average of a sequence, without the pull towards zero at its start (the bias correction of
 * Adam, Kingma and Ba 2014). `span` is the number of values that it looks back over, roughly. Values that are not
 * finite are passed over: there the average stays what it was.
 */
export function smooth(values: readonly number[], span: number): number[] {
  const keep = 1 - 2 / (Math.max(1, span) + 1);
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (Number.isFinite(value)) {
      sum = keep * sum + value;
      weight = keep * weight + 1;
    }
    return sum / weight;
  });
}

/**
 * Thins a sequence to two points for each of at most `buckets` runs of equal length: the smallest and the largest
 * value, in the order in which they came. Drawn, the line covers what the whole sequence would. Points that are not
 * finite are left out.
 */
export function thin(values: readonly number[], buckets: number): StepPoint[] {
  const size = Math.max(1, Math.ceil(values.length / buckets));
  const points: StepPoint[] = [];
  for (let start = 0; start < values.length; start += size) {
    let low: StepPoint | undefined;
    let high: StepPoint | undefined;
    for (let i = start; i < Math.min(start + size, values.length); i++) {
      const loss = values[i] as number;
      if (!Number.isFinite(loss)) continue;
      if (low === undefined || loss < low.loss) low = { step: i + 1, loss };
      if (high === undefined || loss > high.loss) high = { step: i + 1, loss };
    }
    if (low === undefined || high === undefined) continue;
    if (low.step === high.step) points.push(low);
    else points.push(...(low.step < high.step ? [low, high] : [high, low]));
  }
  return points;
}
