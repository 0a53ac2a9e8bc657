import type { Samples } from '../data/dataset.ts';
import { formatCount, formatPercent } from '../report/format.ts';

/** Values that quantization may clip, of all, before something is wrong: calibration leaves out rare ones. */
const tolerableClipping = 0.1;

/** How many times more values the samples may have than the input keeps apart. */
const tolerableMerging = 16;

/**
 * What is wrong with how samples fill the range of a quantized input: many values beyond it, or bytes in a few of its steps
 * only. Undefined where nothing is.
 */
export function rangeProblem(
  samples: Pick<Samples, 'data' | 'scale' | 'zeroPoint'>,
  input: { readonly scale: number; readonly zeroPoint: number },
): string | undefined {
  const { data } = samples;
  const first = input.scale * (-128 - input.zeroPoint);
  const last = input.scale * (127 - input.zeroPoint);
  const range = `the range of the input, ${digits(first)} to ${digits(last)}`;
  const advice =
    data instanceof Uint8Array && input.zeroPoint === -128
      ? `--scale ${digits(input.scale)} takes bytes one to one`
      : 'say with --scale what a step of the samples is worth';

  // What is rounded to an end is not beyond it.
  const half = input.scale / 2;
  let clipped = 0;
  for (const raw of data) {
    const real = samples.scale * (raw - samples.zeroPoint);
    if (real < first - half || real > last + half) clipped++;
  }
  if (clipped > tolerableClipping * data.length) {
    return `${formatCount(clipped)} of ${formatCount(data.length)} values (${formatPercent(clipped / data.length, 1)}) lie beyond ${range}, and are clipped; ${advice}`;
  }
  if (!(data instanceof Uint8Array)) return undefined;
  const bytes = [...new Set(data)];
  const steps = new Set(
    bytes.map((raw) => Math.round((samples.scale * (raw - samples.zeroPoint)) / input.scale)),
  );
  if (bytes.length < tolerableMerging * steps.size) return undefined;
  return `the ${bytes.length} different bytes of the samples fall into ${steps.size} of the 256 steps of ${range}; ${advice}`;
}

const digits = (value: number) => String(Number(value.toPrecision(6)));
