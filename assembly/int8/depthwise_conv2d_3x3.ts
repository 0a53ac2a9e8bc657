// Depthwise 2-D convolution 3x3 over NHWC with a stride of 1 or 2 and at most one row or column of zeros at each side.
import { channelBytes, walkChannel } from '../depthwise_columns';

/** For microcontrollers: a channel after another, its rows two at a time. `scratch` holds a row of the image. */
export function depthwiseConv2dColumns(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  stride: i32,
  top: i32,
  left: i32,
  bottom: i32,
  right: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const row = <usize>(width * channels);
  if (top | bottom) {
    for (let i: usize = 0; i < row; i++) store<i8>(scratch + i, inputZeroPoint);
  }
  for (let c: usize = 0; c < <usize>channels; c++) {
    walkChannel(
      x + c,
      weights + channelBytes * c,
      out + c,
      scratch,
      row,
      channels,
      outputHeight,
      outputWidth,
      stride,
      top,
      left,
      bottom,
      right,
      inputZeroPoint,
      outputZeroPoint,
      low,
      high,
    );
  }
}
