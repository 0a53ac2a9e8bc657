import { byteLines, commentText, constantLines } from '../compile/header.ts';
import type { PlacedState } from '../compile/link.ts';
import type { Optimize } from '../ops/op.ts';
import type { Checks } from './kernels.ts';
import type { NativeLayer, NativeModel, Region } from './model.ts';

/** What `wick_infer` returns where the model trapped; WICK_TRAP of firmware/engine/engine.h. */
const trapStatus = 5;

/** The header of a model in C: its functions and what a caller needs to know of it. C11 and C++11. */
export function renderModelHeader(model: Omit<NativeModel, 'files'>): string {
  const { description, weights, memoryBytes } = model;
  return `/* ${commentText(description.name)}: written by wick. */
#ifndef WICK_MODEL_H
#define WICK_MODEL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define WICK_CONSTANT static const __attribute__((unused))
#else
#define WICK_CONSTANT static const
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the model ready, and forgets what it keeps from one inference to the next. Returns 0. */
int32_t wick_init(void);

/* Where an input is to be written before each inference: its place may be used for something else during one. NULL where
   there is no such input. */
void *wick_input(uint32_t index);

/* Runs the model. Returns 0, or WICK_TRAPPED where a check failed: then call wick_init before the next inference. */
int32_t wick_infer(void);
#define WICK_TRAPPED ${trapStatus}

/* What an output is after an inference, until the next input is written. NULL where there is no such output. */
const void *wick_output(uint32_t index);

/* RAM of the model, in a static array of wick_model.c. */
#define WICK_MEMORY_BYTES ${memoryBytes}u
${constantLines('WICK', 'wick', { ...description, weightsBytes: weights.length }).join('\n')}

#ifdef __cplusplus
}
#endif

#endif
`;
}

/** The weights of a model in C, in the layout that its kernels want. */
export function renderWeights(weights: Uint8Array): string {
  return `/* Written by wick: weights and constants in the layout of wick_model.c. They are read where they lie. */
#include <stdint.h>

extern const uint8_t wick_weights[];
_Alignas(16) const uint8_t wick_weights[${Math.max(1, weights.length)}] = {
${byteLines(weights).join('\n')}
};
`;
}

/** The code of a model in C. */
export function renderModel(
  model: Omit<NativeModel, 'files'>,
  options: {
    /** The kernels. */
    readonly code: string;
    readonly words: readonly PlacedState[];
    readonly checks: Checks;
    readonly optimize: Optimize;
  },
): string {
  const { description, inputs, outputs, layers } = model;
  const { code, words, checks, optimize } = options;
  const isChecked = checks !== 'none';
  return `/* ${commentText(description.name)}: written by wick, optimized for ${optimize}, checks: ${checks}. */
${checks === 'block' ? checkedPragma : ''}#include "wick_model.h"
${isChecked ? '#include <setjmp.h>\n' : ''}${checks === 'access' ? '#define WICK_CHECK_ACCESS\n' : ''}#include "wick_runtime.h"

${isChecked ? renderTrap : renderAbort}
${code}
${layers.map(renderLayer).join('')}
static void (*const wick_layers[])(void) = {
${layers.map((layer, index) => `    ${layer === null ? '0' : `wick_layer_${index}`},\n`).join('')}};
${renderRegions('inputs', inputs)}${renderRegions('outputs', outputs)}
int32_t wick_init(void) {
${words.map(renderState).join('')}  return 0;
}

void *wick_input(uint32_t index) {
  return index < ${inputs.length}u ? wick_memory + wick_inputs[index] : NULL;
}

const void *wick_output(uint32_t index) {
  return index < ${outputs.length}u ? wick_memory + wick_outputs[index] : NULL;
}

/* Runs one layer on what the ones before it left. */
int32_t wick_run_layer(uint32_t layer);
int32_t wick_run_layer(uint32_t layer) {
${isChecked ? '  if (setjmp(wick_trapped)) return WICK_TRAPPED;\n' : ''}  if (wick_layers[layer]) wick_layers[layer]();
  return 0;
}

int32_t wick_infer(void) {
${isChecked ? '  if (setjmp(wick_trapped)) return WICK_TRAPPED;\n' : ''}  for (uint32_t layer = 0; layer < ${layers.length}u; layer++) {
    if (wick_layers[layer]) wick_layers[layer]();
  }
  return 0;
}
`;
}

/** gcc copies the conditions of loops, checks and all, which costs more than it saves. */
const checkedPragma = `#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-ch")
#endif
`;

const renderTrap = `static jmp_buf wick_trapped;
static _Noreturn void wick_trap(void) { longjmp(wick_trapped, 1); }
`;

// Nothing checks, so this is only reached where the processor itself would go wrong.
const renderAbort = `static _Noreturn void wick_trap(void) { __builtin_trap(); }
`;

function renderLayer(layer: NativeLayer | null, index: number): string {
  if (layer === null) return '';
  const addresses = layer.addresses.map(({ region, offset }) => `WICK_${region}(${offset}u)`);
  return `static void wick_layer_${index}(void) { ${layer.name}(${addresses.join(', ')}); }\n`;
}

function renderRegions(name: string, regions: readonly Region[]): string {
  return `static const uint32_t wick_${name}[] = {${regions.map(({ address }) => `${address}u`).join(', ')}};\n`;
}

function renderState({ address, bytes, word }: PlacedState): string {
  return `  for (u32 at = ${address}u; at < ${address + bytes}u; at += 4u) wick_u32_store(WICK_MEMORY(at), 0u, ${word >>> 0}u);\n`;
}
