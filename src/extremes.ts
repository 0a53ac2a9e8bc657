/**
 * The largest of any number of values, and `least` where none is larger: `Math.max` of an array fails where it is longer
 * than the stack is deep, and how many layers, channels or pixels there are is the user's choice. NaN where a value is.
 */
export function largestOf(values: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let largest = least;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of any number of values, and `most` where none is smaller. NaN where a value is. */
export function smallestOf(values: Iterable<number>, most = Number.POSITIVE_INFINITY): number {
  let smallest = most;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}
