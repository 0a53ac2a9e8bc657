import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeCalls } from '../../src/compile/link.ts';
import { modelFlags } from '../../src/native/flags.ts';
import { type Checks, translateKernels } from '../../src/native/kernels.ts';
import type { KernelCall } from '../../src/ops/op.ts';
import { createLayout } from '../../test/support/layout.ts';

/** One kernel call with what goes in and what must come out. */
export interface LayerRun {
  readonly call: KernelCall;
  readonly inputs: readonly Int8Array[];
  readonly expected: Int8Array;
}

export interface Measurement {
  /** Guest instructions of one inference. */
  readonly instructions: number;
  /** Bytes of the layer's Thumb code. */
  readonly codeBytes: number;
}

/** What measuring needs, with the Debian packages that have it. */
export const tools = {
  'arm-none-eabi-gcc': 'gcc-arm-none-eabi',
  'qemu-system-arm': 'qemu-system-arm',
} as const;

/** The commands of {@link tools} that are not there. */
export function missingTools(): readonly (keyof typeof tools)[] {
  const commands = Object.keys(tools) as (keyof typeof tools)[];
  return commands.filter(
    (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
}

const runtime = fileURLToPath(new URL('./runtime/', import.meta.url));
const engine = fileURLToPath(new URL('../../firmware/engine/native/', import.meta.url));

const machine = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-ffreestanding'];

const emulator = [
  ...['-M', 'netduinoplus2', '-nographic', '-monitor', 'none', '-serial', 'none'],
  ...['-icount', 'shift=0', '-semihosting-config', 'enable=on,target=native'],
];

/** Compiles a layer for the Cortex-M4 and runs it in QEMU. Throws where its output is not the expected one. */
export function measure(run: LayerRun, checks: Checks = 'none'): Measurement {
  const folder = mkdtempSync(join(tmpdir(), 'wick-m4-'));
  const at = (name: string) => join(folder, name);
  const gcc = (...options: readonly string[]) => {
    const all = [...machine, '-I', folder, '-I', runtime, '-I', engine, ...options];
    execFileSync('arm-none-eabi-gcc', all, { stdio: ['ignore', 'pipe', 'inherit'] });
  };
  try {
    const { header, data, code, entry } = writeLayer(run, checks);
    writeFileSync(at('layer.h'), header);
    writeFileSync(at('data.c'), data);
    writeFileSync(at('layer.c'), `#include "layer.h"\n${code}\n${entry}`);
    gcc('-c', '-w', ...modelFlags, at('layer.c'), '-o', at('layer.o'));
    gcc(
      ...['-Os', '-Wall', '-Wextra', '-Wno-unused-function', '-fno-tree-loop-distribute-patterns'],
      ...['-nostdlib', '-T', join(runtime, 'netduinoplus2.ld')],
      ...[join(runtime, 'start.c'), join(runtime, 'main.c'), at('data.c'), at('layer.o')],
      ...['-lgcc', '-o', at('layer.elf')],
    );
    const { stdout, stderr, status } = spawnSync(
      'qemu-system-arm',
      [...emulator, '-kernel', at('layer.elf')],
      { encoding: 'utf8', timeout: 120_000 },
    );
    const count = /instructions (\d+)/.exec(stdout + stderr)?.[1];
    if (status !== 0 || count === undefined) {
      throw new Error(`${run.call.kernel} on the Cortex-M4: ${stdout}${stderr}`);
    }
    return { instructions: Number(count), codeBytes: codeBytes(at('layer.o')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The size of an object's code, constants of the code included. */
function codeBytes(object: string): number {
  const table = execFileSync('arm-none-eabi-size', [object], { encoding: 'utf8' });
  return Number(table.split('\n')[1]?.trim().split(/\s+/)[0]);
}

/** An array's definition in C. */
function arrayOf(name: string, data: ArrayLike<number>): string {
  const values = data.length === 0 ? '0' : Array.from(data, (value) => value & 255).join(',');
  return `const uint8_t __attribute__((aligned(8))) ${name}[] = {${values}};\n`;
}

/** The layer's place in memory, and the C that holds its data and calls it. */
function writeLayer({ call, inputs, expected }: LayerRun, checks: Checks) {
  const { reserve, end } = createLayout(0);
  const inputAddresses = inputs.map(({ length }) => reserve(length));
  const output = reserve(expected.length);
  const scratch = reserve(call.scratchBytes);
  const [placed] = placeCalls([call], {
    inputs: (_, index) => inputAddresses[index] as number,
    outputs: () => output,
    scratch: () => scratch,
    weights: () => 0,
    state: () => {
      throw new Error(`${call.kernel} has state`);
    },
  });
  const header = `#include <stdint.h>
#define WICK_MEMORY_BYTES ${Math.max(end(), 1)}u
#define WICK_WEIGHTS_BYTES ${Math.max(call.weights.length, 1)}u
${checks === 'access' ? '#define WICK_CHECK_ACCESS\n' : ''}#define LAYER_INPUTS ${inputs.length}u
struct region { uint32_t address, bytes; const uint8_t *data; };
extern const struct region layer_inputs[LAYER_INPUTS], layer_output;
extern uint8_t *const layer_memory;
void layer_run(void);
`;
  const regions = inputs.map(({ length }, i) => `{${inputAddresses[i]}, ${length}, input_${i}}`);
  const data = `#include "layer.h"
${arrayOf('wick_weights', call.weights)}${inputs.map((input, i) => arrayOf(`input_${i}`, input)).join('')}${arrayOf('expected', expected)}
const struct region layer_inputs[] = {${regions.join(', ')}};
const struct region layer_output = {${output}, ${expected.length}, expected};
`;
  const { code, functionOf } = translateKernels([call], { checks, optimize: 'speed' });
  const addresses = call.arguments.flatMap((argument, index) =>
    typeof argument === 'number'
      ? []
      : [`WICK_${'weights' in argument ? 'WEIGHTS' : 'MEMORY'}(${placed?.arguments[index]}u)`],
  );
  const entry = `uint8_t *const layer_memory = wick_memory;
void layer_run(void) { ${functionOf[0]}(${addresses.join(', ')}); }
`;
  return { header, data, code: `#include "wick_runtime.h"\n${code}`, entry };
}
