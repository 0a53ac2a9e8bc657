import { byteLength } from '../graph/types.ts';
import {
  abiVersion,
  type ModelDescription,
  type ModuleDescription,
  type PortDescription,
} from './description.ts';

const bytesPerLine = 20;

/**
 * The C header of a compiled model: its weights in the device layout as an aligned constant array, and what firmware
 * needs to know beside them. C11 and C++11. The array has internal linkage: include the header in one file.
 */
export function renderHeader(model: ModelDescription, weights: Uint8Array): string {
  const prefix = identifier(model.name);
  const upper = prefix.toUpperCase();
  const lines = [
    `/* ${commentText(model.name)}: written by wick. Weights in the device layout, optimized for ${model.optimize}. */`,
    `#ifndef ${upper}_MODEL_H`,
    `#define ${upper}_MODEL_H`,
    '',
    '#include <stdint.h>',
    '',
    '#if defined(__cplusplus)',
    `#define ${upper}_ALIGNED alignas(16)`,
    '#else',
    `#define ${upper}_ALIGNED _Alignas(16)`,
    '#endif',
    '#if defined(__GNUC__)',
    `#define ${upper}_CONSTANT static const __attribute__((unused))`,
    '#else',
    `#define ${upper}_CONSTANT static const`,
    '#endif',
    '',
    ...constantLines(upper, prefix, model),
    '',
    `${upper}_ALIGNED ${upper}_CONSTANT uint8_t ${prefix}_weights[${Math.max(1, weights.length)}] = {`,
    ...byteLines(weights),
    '};',
    '',
    `#endif /* ${upper}_MODEL_H */`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * What C code needs to know of a model, but for its weights. `upper` is what the macros begin with; `prefix` what the array of
 * labels begins with, which is of the macro `upper`_CONSTANT, to be defined before.
 */
export function constantLines(
  upper: string,
  prefix: string,
  model: ModuleDescription & { readonly weightsBytes: number },
): string[] {
  const define = (name: string, value: number | string) => `#define ${upper}_${name} ${value}`;
  return [
    define('ABI_VERSION', abiVersion),
    define('ROUNDING', `"${model.rounding}"`),
    define('WEIGHTS_SHA256', `"${model.weightsSha256}"`),
    define('WEIGHTS_BYTES', model.weightsBytes),
    define('ARENA_BYTES', model.arenaBytes),
    define('STATE_BYTES', model.stateBytes),
    define('MACS', model.macs),
    '',
    ...model.inputs.flatMap((port, index) => portLines(define, 'INPUT', port, index)),
    ...model.outputs.flatMap((port, index) => portLines(define, 'OUTPUT', port, index)),
    define('LABEL_COUNT', model.labels.length),
    ...labelLines(upper, prefix, model.labels),
  ];
}

/** The macros of one input or output; the first of each kind has no number in its name. */
function portLines(
  define: (name: string, value: number | string) => string,
  kind: string,
  port: PortDescription,
  index: number,
): string[] {
  const name = index === 0 ? kind : `${kind}_${index}`;
  const title = `${commentText(port.name)}: ${port.dtype} ${port.shape.join('x')}`;
  const size = [
    define(`${name}_TYPE`, port.dtype === 'float32' ? 'float' : 'int8_t'),
    define(`${name}_BYTES`, byteLength(port)),
  ];
  // Values of float32 are real ones already: firmware must not scale them again.
  if (port.dtype === 'float32') return [`/* ${title}, real values */`, ...size];
  return [
    `/* ${title}, real = scale * (value - zero point) */`,
    ...size,
    define(`${name}_SCALE`, floatLiteral(port.scale)),
    define(`${name}_ZERO_POINT`, port.zeroPoint < 0 ? `(${port.zeroPoint})` : port.zeroPoint),
  ];
}

function labelLines(upper: string, prefix: string, labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  const strings = labels.map((label) => `  ${stringLiteral(label)},`);
  return [`${upper}_CONSTANT char *const ${prefix}_labels[${labels.length}] = {`, ...strings, '};'];
}

/** Bytes as lines of a C initializer. */
export function byteLines(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return ['  0,'];
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += bytesPerLine) {
    lines.push(`  ${[...bytes.subarray(start, start + bytesPerLine)].join(', ')},`);
  }
  return lines;
}

/** A C float literal that reads back as the same float32. */
function floatLiteral(value: number): string {
  const digits = Math.fround(value).toPrecision(9);
  return /[.e]/.test(digits) ? `${digits}f` : `${digits}.0f`;
}

/** Text as a C string: everything but plain printable ASCII as three octal digits of its UTF-8 bytes. */
export function stringLiteral(text: string): string {
  const escaped = [...new TextEncoder().encode(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    const plain = byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(character);
    return plain ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** Text for a C comment. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]|\*\/|\/\*|\\/g, '_');
}

/** A name as a C identifier in lower case. */
export function identifier(name: string): string {
  const cleaned = name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return /^[a-z]/.test(cleaned) ? cleaned : `model_${cleaned}`;
}
