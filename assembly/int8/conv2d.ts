// 2-D convolution over NHWC. Every variant turns a few output pixels at a time into columns (im2col: the kernel's
// window, row by row, channels innermost) and multiplies these by the weight matrix, a block of channels at a time.
// Pixels outside the image count as the input's zero point, which the packed bias takes away again, or show the image again.
import { areAllInside, gatherInside, isInside } from '../column_pair';
import { gatherPixels, lanes, pairs } from '../columns';
import { multiplyChannelPairs, multiplyPixelPairs } from '../matrix_columns';

/** For speed: 2 pixels by 4 channels, the weights of two channels packed in one int32 ahead of time. */
export function conv2dChannelPairs(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
  border: i32,
  groups: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const inputs = channels / groups;
  const outputs = outputChannels / groups;
  const depth = kernelHeight * kernelWidth * inputs;
  const last = outputHeight * outputWidth - 1;
  const allInside = areAllInside(
    height,
    width,
    outputHeight,
    outputWidth,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    top,
    left,
  );
  for (let p = 0; p <= last; p += 2) {
    const q = min(p + 1, last);
    const yP = (p / outputWidth) * strideHeight - top,
      xP = (p % outputWidth) * strideWidth - left;
    const yQ = (q / outputWidth) * strideHeight - top,
      xQ = (q % outputWidth) * strideWidth - left;
    const areInside =
      allInside ||
      (isInside(yP, xP, height, width, kernelHeight, kernelWidth, dilationHeight, dilationWidth) &&
        isInside(yQ, xQ, height, width, kernelHeight, kernelWidth, dilationHeight, dilationWidth));
    let w = weights;
    for (let g = 0; g < groups; g++) {
      const source = x + <usize>(g * inputs);
      if (areInside) {
        gatherInside(
          source + <usize>((yP * width + xP) * channels),
          source + <usize>((yQ * width + xQ) * channels),
          scratch,
          width,
          channels,
          inputs,
          kernelHeight,
          kernelWidth,
          dilationHeight,
          dilationWidth,
        );
      } else {
        gatherPixels(
          source,
          p,
          2,
          scratch,
          pairs,
          0,
          height,
          width,
          channels,
          inputs,
          outputHeight,
          outputWidth,
          kernelHeight,
          kernelWidth,
          strideHeight,
          strideWidth,
          dilationHeight,
          dilationWidth,
          top,
          left,
          inputZeroPoint,
          border,
        );
      }
      const outP = out + <usize>(p * outputChannels + g * outputs);
      const outQ = out + <usize>(q * outputChannels + g * outputs);
      w = multiplyChannelPairs(
        scratch,
        w,
        outP,
        outQ,
        depth,
        outputs,
        outputZeroPoint,
        low,
        high,
        flushInterval,
        narrow,
      );
    }
  }
}

/**
 * For size: 4 pixels by 2 channels, the values of two pixels packed in one int32 as the column is made; a channel that is
 * left over goes alone.
 */
export function conv2dPixelPairs(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
  border: i32,
  groups: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const inputs = channels / groups;
  const outputs = outputChannels / groups;
  const depth = kernelHeight * kernelWidth * inputs;
  const last = outputHeight * outputWidth - 1;
  for (let p = 0; p <= last; p += 4) {
    let w = weights;
    for (let g = 0; g < groups; g++) {
      const source = x + <usize>(g * inputs);
      gatherPixels(
        source,
        p,
        4,
        scratch,
        lanes,
        0,
        height,
        width,
        channels,
        inputs,
        outputHeight,
        outputWidth,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        dilationHeight,
        dilationWidth,
        top,
        left,
        inputZeroPoint,
        border,
      );
      const o0 = out + <usize>(p * outputChannels + g * outputs);
      const o1 = out + <usize>(min(p + 1, last) * outputChannels + g * outputs);
      const o2 = out + <usize>(min(p + 2, last) * outputChannels + g * outputs);
      const o3 = out + <usize>(min(p + 3, last) * outputChannels + g * outputs);
      w = multiplyPixelPairs(
        scratch,
        w,
        o0,
        o1,
        o2,
        o3,
        depth,
        outputs,
        outputZeroPoint,
        low,
        high,
        flushInterval,
        narrow,
      );
    }
  }
}
