// The mean over some axes. The compiler merges axes, so that the input is kept0 x reduced0 x kept1 x reduced1 x kept2: then
// every kept0, kept1 has a window of reduced0 rows and reduced1 columns over kept2 channels.
import { rescaled, windowOutputs, windowOutputsVector } from '../window_sums';

/** `start` is minus the input's zero point, as often as a window has values. */
export function mean(
  x: usize,
  out: usize,
  kept0: i32,
  reduced0: i32,
  kept1: i32,
  reduced1: i32,
  kept2: i32,
  start: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): void {
  const windowBytes = <usize>(reduced1 * kept2);
  const rowBytes = <usize>kept1 * windowBytes;
  for (let i = 0; i < kept0; i++) {
    for (let j = 0; j < kept1; j++) {
      const corner = x + <usize>(i * reduced0) * rowBytes + <usize>j * windowBytes;
      windowOutputs(
        rescaled,
        corner,
        out,
        reduced0,
        reduced1,
        rowBytes,
        <usize>kept2,
        kept2,
        start,
        multiplier,
        shift,
        zeroPoint,
        -128,
        127,
      );
      out += <usize>kept2;
    }
  }
}

/** For hosts. */
export function meanVector(
  x: usize,
  out: usize,
  kept0: i32,
  reduced0: i32,
  kept1: i32,
  reduced1: i32,
  kept2: i32,
  start: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const windowBytes = <usize>(reduced1 * kept2);
    const rowBytes = <usize>kept1 * windowBytes;
    for (let i = 0; i < kept0; i++) {
      for (let j = 0; j < kept1; j++) {
        const corner = x + <usize>(i * reduced0) * rowBytes + <usize>j * windowBytes;
        windowOutputsVector(
          rescaled,
          corner,
          out,
          reduced0,
          reduced1,
          rowBytes,
          <usize>kept2,
          kept2,
          start,
          multiplier,
          shift,
          zeroPoint,
          -128,
          127,
        );
        out += <usize>kept2;
      }
    }
  }
}
