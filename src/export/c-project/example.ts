import type { PortDescription } from '../../compile/description.ts';
import { elementCount } from '../../graph/types.ts';
import type { NativeModel } from '../../native/model.ts';

/** The number of values of a port, in C. */
const valuesOf = (name: string) => `${name}_BYTES / sizeof(${name}_TYPE)`;

/** The first port of a kind has no number in the names of its macros. */
const macroOf = (kind: 'INPUT' | 'OUTPUT', index: number) =>
  index === 0 ? `WICK_${kind}` : `WICK_${kind}_${index}`;

/** `examples/label/main.c`: fills the inputs from a sensor, runs the model, and prints what it says. */
export function renderExample({ description }: Pick<NativeModel, 'description'>): string {
  const { inputs, outputs, labels } = description;
  const output = outputs[0] as PortDescription;
  const isClassifier = elementCount(output.shape) > 1;
  return `/* Reads a sensor, runs the model, and prints ${isClassifier ? 'the label' : 'the value'}. */
#include <stdio.h>

#include "wick_model.h"

/* In place of your sensor: it gives real values, such as pixels from 0 to 1 or samples as the model was trained with. */
static float read_sensor(size_t index) { return (float)(index % 16) / 16.0f; }
${inputs.some(({ dtype }) => dtype === 'int8') ? quantizer : ''}
int main(void) {
  if (wick_init() != 0) return 1;
${inputs.map((port, index) => renderFill(port, index)).join('')}  if (wick_infer() != 0) return 1;

  const WICK_OUTPUT_TYPE *output = (const WICK_OUTPUT_TYPE *)wick_output(0);
${isClassifier ? renderLabel(labels.length) : renderValue(output)}  return 0;
}
`;
}

const quantizer = `
/* The int8 value that stands for a real one. */
static int8_t quantize(float real, float scale, int zero_point) {
  const float scaled = real / scale;
  const float value = scaled + (float)zero_point + (scaled < 0 ? -0.5f : 0.5f);
  return (int8_t)(value < -128.0f ? -128.0f : value > 127.0f ? 127.0f : value);
}
`;

function renderFill({ dtype }: PortDescription, index: number): string {
  const macro = macroOf('INPUT', index);
  const value =
    dtype === 'int8'
      ? `quantize(read_sensor(i), ${macro}_SCALE, ${macro}_ZERO_POINT)`
      : 'read_sensor(i)';
  return `  ${macro}_TYPE *input_${index} = (${macro}_TYPE *)wick_input(${index});
  for (size_t i = 0; i < ${valuesOf(macro)}; i++) input_${index}[i] = ${value};
`;
}

function renderLabel(labels: number): string {
  const text =
    labels > 0 ? 'printf("%s\\n", wick_labels[best]);' : 'printf("class %u\\n", (unsigned)best);';
  return `  size_t best = 0;
  for (size_t i = 1; i < ${valuesOf('WICK_OUTPUT')}; i++) {
    if (output[i] > output[best]) best = i;
  }
  ${text}
`;
}

function renderValue({ dtype }: PortDescription): string {
  const real =
    dtype === 'float32'
      ? 'output[0]'
      : 'WICK_OUTPUT_SCALE * (float)(output[0] - WICK_OUTPUT_ZERO_POINT)';
  return `  printf("%g\\n", (double)(${real}));\n`;
}
