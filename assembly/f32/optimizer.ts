// One step over `count` parameters, a multiple of 4. The formulas are PyTorch's (torch.optim.SGD and Adam), where weight
// decay is added to the gradient.

/** velocity = momentum * velocity + (gradient + weightDecay * p); p -= learningRate * velocity. */
export function sgdStep(
  parameters: usize,
  gradients: usize,
  velocities: usize,
  count: i32,
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
): void {
  const rate = f32x4.splat(learningRate);
  const kept = f32x4.splat(momentum);
  const decay = f32x4.splat(weightDecay);
  for (let i = 0; i < count; i += 4) {
    const p = v128.load(parameters);
    const g = f32x4.add(v128.load(gradients), f32x4.mul(decay, p));
    const velocity = f32x4.add(f32x4.mul(kept, v128.load(velocities)), g);
    v128.store(velocities, velocity);
    v128.store(parameters, f32x4.sub(p, f32x4.mul(rate, velocity)));
    parameters += 16;
    gradients += 16;
    velocities += 16;
  }
}

/**
 * g = gradient + weightDecay * p; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g * g;
 * p -= stepSize * m / (sqrt(v) + epsilon). The caller folds the bias corrections of step t into the last two:
 * stepSize = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t) and epsilon = Adam's epsilon * sqrt(1 - beta2^t).
 */
export function adamStep(
  parameters: usize,
  gradients: usize,
  means: usize,
  squares: usize,
  count: i32,
  stepSize: f32,
  beta1: f64,
  beta2: f64,
  epsilon: f32,
  weightDecay: f32,
): void {
  const size = f32x4.splat(stepSize);
  const kept1 = f32x4.splat(<f32>beta1);
  const kept2 = f32x4.splat(<f32>beta2);
  // In f64, because 1 - 0.999 would lose five digits in f32.
  const added1 = f32x4.splat(<f32>(1 - beta1));
  const added2 = f32x4.splat(<f32>(1 - beta2));
  const floor = f32x4.splat(epsilon);
  const decay = f32x4.splat(weightDecay);
  for (let i = 0; i < count; i += 4) {
    const p = v128.load(parameters);
    const g = f32x4.add(v128.load(gradients), f32x4.mul(decay, p));
    const m = f32x4.add(f32x4.mul(kept1, v128.load(means)), f32x4.mul(added1, g));
    const v = f32x4.add(f32x4.mul(kept2, v128.load(squares)), f32x4.mul(added2, f32x4.mul(g, g)));
    const step = f32x4.div(f32x4.mul(size, m), f32x4.add(f32x4.sqrt(v), floor));
    v128.store(means, m);
    v128.store(squares, v);
    v128.store(parameters, f32x4.sub(p, step));
    parameters += 16;
    gradients += 16;
    means += 16;
    squares += 16;
  }
}
