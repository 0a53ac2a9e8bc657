// The formulas of the training kernels as plain loops in double precision.

/** A convolution over one NHWC image; weights are OHWI. */
export interface Convolution {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** [top, bottom, left, right]. */
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
}

/** [height, width] of the output. */
export function outputSize(c: Convolution): readonly [number, number] {
  const size = (extent: number, padding: number, axis: 0 | 1) =>
    Math.floor((extent + padding - (c.kernel[axis] - 1) * c.dilation[axis] - 1) / c.stride[axis]) +
    1;
  return [
    size(c.height, c.padding[0] + c.padding[1], 0),
    size(c.width, c.padding[2] + c.padding[3], 1),
  ];
}

/** Calls `visit` with the indices of every product that a convolution sums. */
function eachProduct(
  c: Convolution,
  visit: (output: number, input: number, weight: number, outChannel: number) => void,
): void {
  const [outHeight, outWidth] = outputSize(c);
  const groupChannels = c.channels / c.groups;
  const groupOutputs = c.outChannels / c.groups;
  for (let oy = 0; oy < outHeight; oy++)
    for (let ox = 0; ox < outWidth; ox++)
      for (let o = 0; o < c.outChannels; o++)
        for (let u = 0; u < c.kernel[0]; u++)
          for (let v = 0; v < c.kernel[1]; v++)
            for (let i = 0; i < groupChannels; i++) {
              const y = oy * c.stride[0] + u * c.dilation[0] - c.padding[0];
              const x = ox * c.stride[1] + v * c.dilation[1] - c.padding[2];
              if (y < 0 || x < 0 || y >= c.height || x >= c.width) continue;
              const channel = Math.floor(o / groupOutputs) * groupChannels + i;
              visit(
                (oy * outWidth + ox) * c.outChannels + o,
                (y * c.width + x) * c.channels + channel,
                ((o * c.kernel[0] + u) * c.kernel[1] + v) * groupChannels + i,
                o,
              );
            }
}

const at = (values: ArrayLike<number>, index: number) => values[index] as number;

function add(values: Float64Array, index: number, value: number): void {
  values[index] = at(values, index) + value;
}

export function convForward(c: Convolution, x: Float32Array, w: Float32Array, bias: Float32Array) {
  const [outHeight, outWidth] = outputSize(c);
  const y = Float64Array.from({ length: outHeight * outWidth * c.outChannels }, (_, i) =>
    at(bias, i % c.outChannels),
  );
  eachProduct(c, (output, input, weight) => add(y, output, at(x, input) * at(w, weight)));
  return y;
}

export function convWeightGradient(c: Convolution, x: Float32Array, dy: Float32Array) {
  const gradient = new Float64Array(
    (c.outChannels * c.kernel[0] * c.kernel[1] * c.channels) / c.groups,
  );
  eachProduct(c, (output, input, weight) => add(gradient, weight, at(x, input) * at(dy, output)));
  return gradient;
}

export function convInputGradient(c: Convolution, w: Float32Array, dy: Float32Array) {
  const gradient = new Float64Array(c.height * c.width * c.channels);
  eachProduct(c, (output, input, weight) => add(gradient, input, at(w, weight) * at(dy, output)));
  return gradient;
}

/** The sums of the columns of a matrix. */
export function columnSums(rows: number, columns: number, values: Float32Array) {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i++) add(sums, i % columns, at(values, i));
  return sums;
}

/** a [m][k] times b [k][n], each read through a function of its row and column. */
export function product(
  [m, k, n]: readonly [number, number, number],
  a: (row: number, column: number) => number,
  b: (row: number, column: number) => number,
) {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let l = 0; l < k; l++) add(result, i * n + j, a(i, l) * b(l, j));
  return result;
}
