import {
  addColumnSums,
  gemm,
  multiplyPanel,
  PANEL,
  PANEL_ROW,
  panelBytes,
  ZEROS,
} from './support/gemm';
import { addInto, F32 } from './support/lanes';

// All functions take one image in NHWC order whose borders are already there (pad.ts), so that every window lies inside
// it. `width` and `channels` are those of that image. For each group, the weights are a matrix in panels (gemm.ts) with
// a row for each (kernel row, kernel column, input channel of the group) and a column for each output channel of the
// group. Windows are read where they lie ("implicit GEMM"): copying them into a matrix first was measured to be slower,
// even for runs of three numbers.

/**
 * y[oy][ox][o] = bias[o] + sum over the window of x * weights. `bias` is padded to a multiple of 16 numbers for each
 * group.
 */
export function conv2dForward(
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  groups: i32,
): void {
  const pixel = <usize>channels * F32;
  const line = <usize>width * pixel;
  const outPixel = <usize>outChannels * F32;
  const groupChannels = channels / groups;
  const groupOutputs = outChannels / groups;
  const rows = kernelHeight * kernelWidth * groupChannels;
  // Where the window's pixels are neighbours in memory, a line of it is one run.
  const whole = groups === 1 && dilationWidth === 1;
  const runs = whole ? 1 : kernelWidth;
  const run = whole ? kernelWidth * groupChannels : groupChannels;

  for (let group = 0; group < groups; group++) {
    let input = x + <usize>(group * groupChannels) * F32;
    let to = y + <usize>(group * groupOutputs) * F32;
    for (let oy = 0; oy < outHeight; oy++) {
      for (let output = 0; output < groupOutputs; output += PANEL) {
        multiplyPanel(
          outWidth,
          min(PANEL, groupOutputs - output),
          kernelHeight,
          runs,
          run,
          input,
          <usize>strideWidth * pixel,
          <usize>dilationHeight * line,
          <usize>dilationWidth * pixel,
          F32,
          weights + panelBytes(rows, output),
          PANEL_ROW,
          bias + <usize>output * F32,
          0,
          to + <usize>output * F32,
          outPixel,
        );
      }
      input += <usize>strideHeight * line;
      to += <usize>outWidth * outPixel;
    }
    weights += panelBytes(rows, groupOutputs);
    bias += panelBytes(1, groupOutputs);
  }
}

/** weightGradient += sum over the output's pixels of x * dy, in the layout of the weights. */
export function conv2dWeightGradient(
  x: usize,
  dy: usize,
  weightGradient: usize,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  groups: i32,
): void {
  const pixel = <usize>channels * F32;
  const line = <usize>width * pixel;
  const outPixel = <usize>outChannels * F32;
  const groupChannels = channels / groups;
  const groupOutputs = outChannels / groups;
  const rowStep = <usize>dilationHeight * line;
  const columnStep = <usize>dilationWidth * pixel;
  const lineRows = kernelWidth * groupChannels;
  const rows = kernelHeight * lineRows;

  for (let group = 0; group < groups; group++) {
    const input = x + <usize>(group * groupChannels) * F32;
    for (let output = 0; output < groupOutputs; output += PANEL) {
      const gradient = dy + <usize>(group * groupOutputs + output) * F32;
      for (let row = 0; row < rows; row += 2) {
        const a = windowOffset(row, lineRows, groupChannels, rowStep, columnStep);
        const next = windowOffset(row + 1, lineRows, groupChannels, rowStep, columnStep);
        multiplyPanel(
          min(2, rows - row),
          min(PANEL, groupOutputs - output),
          1,
          outHeight,
          outWidth,
          input + a,
          next - a,
          0,
          <usize>strideHeight * line,
          <usize>strideWidth * pixel,
          gradient,
          outPixel,
          weightGradient,
          PANEL_ROW,
          weightGradient,
          PANEL_ROW,
        );
        weightGradient += <usize>min(2, rows - row) * PANEL_ROW;
      }
    }
  }
}

/** Where the number of the window that a row of the weights multiplies lies, from the window's first pixel. */
function windowOffset(
  row: i32,
  lineRows: i32,
  groupChannels: i32,
  rowStep: usize,
  columnStep: usize,
): usize {
  const column = row % lineRows;
  return (
    <usize>(row / lineRows) * rowStep +
    <usize>(column / groupChannels) * columnStep +
    <usize>(column % groupChannels) * F32
  );
}

/**
 * dx += what each output pixel's gradient sends back through its window. `transposed` are the weights transposed
 * (transposePanels), `scratch` holds one output line of windows: outWidth * kernelHeight * kernelWidth *
 * (channels / groups) numbers and 15 more.
 */
export function conv2dInputGradient(
  dy: usize,
  transposed: usize,
  dx: usize,
  scratch: usize,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  groups: i32,
): void {
  const pixel = <usize>channels * F32;
  const line = <usize>width * pixel;
  const outPixel = <usize>outChannels * F32;
  const groupChannels = channels / groups;
  const groupOutputs = outChannels / groups;
  const rows = kernelHeight * kernelWidth * groupChannels;
  const whole = groups === 1 && dilationWidth === 1;
  const runs = whole ? 1 : kernelWidth;
  const run = whole ? kernelWidth * groupChannels : groupChannels;

  for (let group = 0; group < groups; group++) {
    let gradient = dy + <usize>(group * groupOutputs) * F32;
    const input = dx + <usize>(group * groupChannels) * F32;
    for (let oy = 0; oy < outHeight; oy++) {
      const windows = <usize>rows * F32;
      gemm(
        outWidth,
        rows,
        groupOutputs,
        gradient,
        outPixel,
        F32,
        transposed,
        ZEROS,
        0,
        0,
        scratch,
        windows,
        PANEL_ROW,
      );
      let from = scratch;
      for (let ox = 0; ox < outWidth; ox++) {
        let to = input + <usize>(oy * strideHeight) * line + <usize>(ox * strideWidth) * pixel;
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < runs; kx++) {
            addInto(to + <usize>(kx * dilationWidth) * pixel, from, run);
            from += <usize>run * F32;
          }
          to += <usize>dilationHeight * line;
        }
      }
      gradient += <usize>outWidth * outPixel;
    }
    transposed += panelBytes(groupOutputs, rows);
  }
}

/** biasGradient += sum over the output's pixels of dy. The bias is padded to a multiple of 16 numbers for each group. */
export function conv2dBiasGradient(
  dy: usize,
  biasGradient: usize,
  pixels: i32,
  outChannels: i32,
  groups: i32,
): void {
  const groupOutputs = outChannels / groups;
  const outPixel = <usize>outChannels * F32;
  for (let group = 0; group < groups; group++) {
    addColumnSums(pixels, groupOutputs, dy, outPixel, biasGradient);
    dy += <usize>groupOutputs * F32;
    biasGradient += panelBytes(1, groupOutputs);
  }
}
