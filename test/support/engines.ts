import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CompiledModel } from '../../src/compile/compile.ts';
import { elementCount } from '../../src/graph/types.ts';
import { requireTool } from './tools.ts';

const peers = fileURLToPath(new URL('../../tools/peers/node_modules/', import.meta.url));

/** The newest long-term Node of tools/peers, or undefined where `npm run setup:peers` was not run. */
export function newestNode(): string | undefined {
  const path = join(peers, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(path)) return path;
  if (process.env.WICK_REQUIRE_ALL === '1') throw new Error(`${path} is missing`);
  return undefined;
}

/** Whether models can be run as native code on this machine. */
export const hasNative = [
  requireTool('gcc', 'apt-get install gcc'),
  requireTool('wasm2c', 'apt-get install wabt'),
].every((present) => present);

/** Runs a command whose output are the int8 outputs of one inference after another. */
function outputsOf(
  command: string,
  args: readonly string[],
  input: Uint8Array,
  cwd: string,
): Int8Array {
  const { status, stdout, stderr } = spawnSync(command, args, { input, cwd });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return Int8Array.from(stdout, (byte) => (byte << 24) >> 24);
}

function inFolder<T>(task: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'wick-engine-'));
  try {
    return task(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const flat = (inputs: readonly Int8Array[]) => Uint8Array.from(inputs.flatMap((i) => [...i]));

/** What `model.wasm` with weights by xip answers in another Node; the outputs of all inputs one after another. */
export function runInNode(
  node: string,
  { wasm, weights, description }: CompiledModel,
  inputs: readonly Int8Array[],
): Int8Array {
  const bytes = elementCount(description.outputs[0]?.shape ?? []);
  // Only what any host would do by the ABI.
  const program = `
    const { readFileSync, writeSync } = require('node:fs');
    const bytes = readFileSync('weights.bin');
    const weights = new WebAssembly.Memory({ initial: Math.ceil(bytes.length / 65536) });
    new Uint8Array(weights.buffer).set(bytes);
    const module = new WebAssembly.Module(readFileSync('model.wasm'));
    const { memory, input, output, infer } = new WebAssembly.Instance(module, { wick: { weights } }).exports;
    const inputs = readFileSync(0);
    const length = inputs.length / ${inputs.length};
    for (let i = 0; i < ${inputs.length}; i++) {
      new Uint8Array(memory.buffer).set(inputs.subarray(i * length, (i + 1) * length), input(0));
      infer();
      writeSync(1, new Uint8Array(memory.buffer, output(0), ${bytes}));
    }`;
  return inFolder((folder) => {
    writeFileSync(join(folder, 'model.wasm'), wasm);
    writeFileSync(join(folder, 'weights.bin'), weights);
    return outputsOf(node, ['-e', program], flat(inputs), folder);
  });
}

/**
 * What `model.wasm` with weights by xip answers as native code, made by wasm2c and gcc: its second memory is the constant
 * array of model.h, as on a device where that lies in flash.
 */
export function runNatively(
  { wasm, header, description }: CompiledModel,
  inputs: readonly Int8Array[],
): Int8Array {
  const prefix = description.name;
  const upper = prefix.toUpperCase();
  const program = `
#include <stdio.h>
#include <string.h>
#include "translated.h"
#include "model.h"
static wasm_rt_memory_t flash = {(uint8_t *)${prefix}_weights, 1, 65536, sizeof ${prefix}_weights};
wasm_rt_memory_t *Z_wickZ_weights(struct Z_wick_instance_t *host) { (void)host; return &flash; }
int main(void) {
  static Z_model_instance_t model;
  uint8_t *memory;
  wasm_rt_init();
  Z_model_init_module();
  Z_model_instantiate(&model, 0);
  memory = Z_modelZ_memory(&model)->data;
  while (fread(memory + Z_modelZ_input(&model, 0), ${upper}_INPUT_BYTES, 1, stdin) == 1) {
    if (Z_modelZ_infer(&model) != 0) return 1;
    fwrite(memory + Z_modelZ_output(&model, 0), ${upper}_OUTPUT_BYTES, 1, stdout);
  }
  return 0;
}
`;
  return inFolder((folder) => {
    const run = (command: string, ...args: readonly string[]) => {
      const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
      if (status !== 0) throw new Error(`${command}: ${stderr}`);
    };
    writeFileSync(join(folder, 'model.wasm'), wasm);
    writeFileSync(join(folder, 'model.h'), header);
    writeFileSync(join(folder, 'main.c'), program);
    run('wasm2c', '--enable-multi-memory', '-n', 'model', 'model.wasm', '-o', 'translated.c');
    const runtime = '/usr/share/wabt/wasm2c';
    run(
      'gcc',
      ...['-O1', '-w', '-I', runtime, `${runtime}/wasm-rt-impl.c`, 'translated.c', 'main.c'],
      ...['-lm', '-o', 'program'],
    );
    return outputsOf(join(folder, 'program'), [], flat(inputs), folder);
  });
}
