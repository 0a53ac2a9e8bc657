import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeCalls } from '../../src/compile/link.ts';
import { align } from '../../src/compile/plan.ts';
import type { KernelCall } from '../../src/ops/op.ts';
import { linkLayer } from './link.ts';
import { translate } from './translate.ts';

/** One kernel call with what goes in and what must come out. */
export interface LayerRun {
  readonly call: KernelCall;
  readonly inputs: readonly Int8Array[];
  readonly expected: Int8Array;
}

export interface Measurement {
  /** Guest instructions of one inference. */
  readonly instructions: number;
  /** Bytes of Thumb code of the layer. */
  readonly codeBytes: number;
}

const runtime = fileURLToPath(new URL('./runtime/', import.meta.url));

const flags = (
  process.env.M4_FLAGS ?? '-Os -fno-schedule-insns -fno-tree-reassoc -fira-region=all'
).split(' ');

/** Compiles a layer for the Cortex-M4 and runs it in QEMU. Throws where its output is not the expected one. */
export function measure(run: LayerRun): Measurement {
  const folder = process.env.M4_KEEP ?? mkdtempSync(join(tmpdir(), 'wick-m4-'));
  try {
    const layer = writeLayer(run);
    writeFileSync(join(folder, 'layer.h'), layer.header);
    writeFileSync(
      join(folder, 'layer.c'),
      `#include "layer.h"\n${translate(linkLayer(run.call), folder)}\nvoid layer_run(void) { w2c_layer(0, ${layer.placed.arguments.join(', ')}); }\n`,
    );
    writeFileSync(join(folder, 'data.c'), layer.data);
    const elf = join(folder, 'layer.elf');
    const common = [
      '-mcpu=cortex-m4',
      '-mthumb',
      '-mfloat-abi=soft',
      '-ffreestanding',
      '-I',
      folder,
      '-I',
      runtime,
    ];
    const object = (file: string) => join(folder, `${file}.o`);
    const gcc = (args: readonly string[]) =>
      execFileSync('arm-none-eabi-gcc', [...common, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    gcc(['-c', '-w', ...flags, join(folder, 'layer.c'), '-o', object('layer')]);
    gcc([
      '-Os',
      '-Wall',
      '-Wextra',
      '-Wno-unused-function',
      '-fno-tree-loop-distribute-patterns',
      '-nostdlib',
      '-T',
      join(runtime, 'netduinoplus2.ld'),
      join(runtime, 'start.c'),
      join(runtime, 'main.c'),
      join(folder, 'data.c'),
      object('layer'),
      '-lgcc',
      '-o',
      elf,
    ]);
    const { stdout, stderr, status } = spawnSync(
      'qemu-system-arm',
      [
        '-M',
        'netduinoplus2',
        '-nographic',
        '-monitor',
        'none',
        '-serial',
        'none',
        '-icount',
        'shift=0',
        '-semihosting-config',
        'enable=on,target=native',
        '-kernel',
        elf,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    const count = /instructions (\d+)/.exec(stdout + stderr)?.[1];
    if (status !== 0 || count === undefined)
      throw new Error(`${run.call.kernel} on the Cortex-M4: ${stdout}${stderr}`);
    return { instructions: Number(count), codeBytes: codeBytes(object('layer')) };
  } finally {
    if (process.env.M4_KEEP === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function codeBytes(object: string): number {
  const table = execFileSync('arm-none-eabi-size', [object], { encoding: 'utf8' });
  return Number(table.split('\n')[1]?.trim().split(/\s+/)[0]);
}

/** The layer's place in memory, and the C that holds its data. */
function writeLayer({ call, inputs, expected }: LayerRun) {
  let end = 0;
  const reserve = (bytes: number): number => {
    const address = end;
    end = align(address + bytes);
    return address;
  };
  const inputAddresses = inputs.map(({ length }) => reserve(length));
  const output = reserve(expected.length);
  const scratch = reserve(call.scratchBytes);
  const [placed] = placeCalls([call], {
    inputs: (_, index) => inputAddresses[index] as number,
    outputs: () => output,
    scratch: () => scratch,
    weights: () => 0,
    state: () => 0,
  });
  if (placed === null || placed === undefined) throw new Error('no kernel');
  const header = `#include <stdint.h>
#define WICK_MEMORY_BYTES ${Math.max(end, 1)}u
#define WICK_WEIGHTS_BYTES ${Math.max(call.weights.length, 1)}u
#define LAYER_INPUTS ${inputs.length}u
struct region { uint32_t address, bytes; const uint8_t *data; };
extern const struct region layer_inputs[LAYER_INPUTS], layer_output;
void layer_run(void);
#include "wasm2c.h"
`;
  const bytes = (name: string, data: ArrayLike<number>) =>
    `const uint8_t __attribute__((aligned(8))) ${name}[] = {${data.length === 0 ? 0 : Array.from(data, (v) => v & 255).join(',')}};\n`;
  const data = `#include "layer.h"
uint8_t __attribute__((aligned(8))) wick_memory[WICK_MEMORY_BYTES];
${bytes('wick_weights', call.weights)}${inputs.map((input, i) => bytes(`input_${i}`, input)).join('')}${bytes('expected', expected)}
const struct region layer_inputs[] = {${inputs.map((input, i) => `{${inputAddresses[i]}, ${input.length}, input_${i}}`).join(', ')}};
const struct region layer_output = {${output}, ${expected.length}, expected};
`;
  return { placed, header, data };
}
