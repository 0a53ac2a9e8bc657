/** An integer with a comma between thousands: `1,234,567`. */
export function formatCount(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Bytes, exactly: `27,040 B`. Budgets are compared with it, so it never rounds. */
export function formatBytes(n: number): string {
  return `${formatCount(n)} B`;
}

/**
 * Bytes, to three digits or so, in binary units, which is how flash and RAM are sold: 1 KiB = 1024 B, 1 MiB = 1024 KiB.
 * Below 1 KiB it is exact: `784 B`, `26.4 KiB`, `1.20 MiB`.
 */
export function formatBytesShort(n: number): string {
  if (n < 1024) return formatBytes(n);
  const [value, unit] = n < 1024 * 1024 ? [n / 1024, 'KiB'] : [n / (1024 * 1024), 'MiB'];
  return `${threeDigits(value)} ${unit}`;
}

/** A share (0 to 1) in percent: `98.41%`. */
export function formatPercent(share: number, digits = 2): string {
  return `${fixed(share * 100, digits)}%`;
}

/** A difference of two shares (each 0 to 1) in percentage points: `0.03 pp`, `-0.12 pp`. */
export function formatPoints(difference: number, digits = 2): string {
  return `${fixed(difference * 100, digits)} pp`;
}

/** A time given in microseconds, to three digits or so: `38.2 µs`, `1.24 ms`, `2.05 s`. */
export function formatMicroseconds(microseconds: number): string {
  if (microseconds < 999.5) return `${threeDigits(microseconds)} µs`;
  if (microseconds < 999_500) return `${threeDigits(microseconds / 1e3)} ms`;
  return `${threeDigits(microseconds / 1e6)} s`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `toFixed` without a negative zero. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}
