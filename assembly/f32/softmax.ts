import { F32 } from './support/lanes';

/** y[i] = softmax(beta * x[i]) for each of `count` rows of `classes` numbers; y may be x. */
export function softmaxForward(x: usize, y: usize, count: i32, classes: i32, beta: f32): void {
  for (let i = 0; i < count; i++) {
    const sum = exponentials(x, y, classes, beta);
    for (let j = 0; j < classes; j++) store<f32>(at(y, j), load<f32>(at(y, j)) / sum);
    x = at(x, classes);
    y = at(y, classes);
  }
}

/**
 * Softmax and cross entropy of `count` rows of logits. Returns the sum of the losses -log(p[label]), adds the number of
 * rows whose largest logit is the label's to the i32 at `correct`, and writes the gradient of `scale` times the summed
 * loss, scale * (p - onehot(label)); the gradient may take the logits' place. Labels are bytes.
 */
export function softmaxCrossEntropy(
  logits: usize,
  gradient: usize,
  labels: usize,
  correct: usize,
  count: i32,
  classes: i32,
  scale: f32,
): f64 {
  let loss: f64 = 0;
  for (let i = 0; i < count; i++) {
    const label = <i32>load<u8>(labels + <usize>i);
    const chosen = load<f32>(at(logits, label));
    const largest = indexOfLargest(logits, classes);
    const margin = chosen - load<f32>(at(logits, largest));
    if (largest === label) store<i32>(correct, load<i32>(correct) + 1);

    const sum = exponentials(logits, gradient, classes, 1);
    // -log(exp(margin) / sum), which stays finite when exp(margin) rounds to zero
    loss += <f64>(Mathf.log(sum) - margin);
    for (let j = 0; j < classes; j++) {
      const probability = load<f32>(at(gradient, j)) / sum;
      store<f32>(at(gradient, j), scale * (probability - <f32>(j === label)));
    }
    logits = at(logits, classes);
    gradient = at(gradient, classes);
  }
  return loss;
}

/** y = exp(beta * (x - max x)), so that nothing overflows; returns the sum. */
function exponentials(x: usize, y: usize, classes: i32, beta: f32): f32 {
  const largest = load<f32>(at(x, indexOfLargest(x, classes)));
  let sum: f32 = 0;
  for (let j = 0; j < classes; j++) {
    const value = Mathf.exp(beta * (load<f32>(at(x, j)) - largest));
    store<f32>(at(y, j), value);
    sum += value;
  }
  return sum;
}

/** The index of the largest number, the first of equals. */
function indexOfLargest(x: usize, count: i32): i32 {
  let largest = 0;
  for (let j = 1; j < count; j++) {
    if (load<f32>(at(x, j)) > load<f32>(at(x, largest))) largest = j;
  }
  return largest;
}

/** The address of a number in a row. */
function at(row: usize, index: i32): usize {
  return row + <usize>index * F32;
}
