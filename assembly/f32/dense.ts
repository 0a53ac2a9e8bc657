import { addColumnSums, gemm, PANEL_ROW, packPanels, panelBytes, ZEROS } from './support/gemm';
import { F32 } from './support/lanes';

// A batch of `count` rows. The weights are an inputs x outputs matrix in panels (gemm.ts).

/** y[i] = bias + x[i] * weights. `bias` is padded to a multiple of 16 numbers. */
export function denseForward(
  count: i32,
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  inputs: i32,
  outputs: i32,
): void {
  const xRow = <usize>inputs * F32;
  const yRow = <usize>outputs * F32;
  gemm(count, outputs, inputs, x, xRow, F32, weights, bias, 0, PANEL_ROW, y, yRow, PANEL_ROW);
}

/** weightGradient += transposed x * dy. `packed` is scratch for dy in panels: count rows. */
export function denseWeightGradient(
  count: i32,
  x: usize,
  dy: usize,
  weightGradient: usize,
  packed: usize,
  inputs: i32,
  outputs: i32,
): void {
  const xRow = <usize>inputs * F32;
  const panel = panelBytes(inputs, 1);
  packPanels(count, outputs, dy, <usize>outputs * F32, packed);
  gemm(
    inputs,
    outputs,
    count,
    x,
    F32,
    xRow,
    packed,
    weightGradient,
    PANEL_ROW,
    panel,
    weightGradient,
    PANEL_ROW,
    panel,
  );
}

/** biasGradient += sum over the batch of dy. */
export function denseBiasGradient(count: i32, dy: usize, biasGradient: usize, outputs: i32): void {
  addColumnSums(count, outputs, dy, <usize>outputs * F32, biasGradient);
}

/** dx[i] = dy[i] * transposed weights (transposePanels). */
export function denseInputGradient(
  count: i32,
  dy: usize,
  transposed: usize,
  dx: usize,
  inputs: i32,
  outputs: i32,
): void {
  const dyRow = <usize>outputs * F32;
  const dxRow = <usize>inputs * F32;
  gemm(count, inputs, outputs, dy, dyRow, F32, transposed, ZEROS, 0, 0, dx, dxRow, PANEL_ROW);
}
