import { createHash } from 'node:crypto';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { loadModel, readDescription } from '../../src/runtime/model.ts';
import { smallClassifier } from '../support/networks.ts';

const weights = Uint8Array.from({ length: 300 }, (_, index) => index);
const file = { bytes: 300, sha256: createHash('sha256').update(weights).digest('hex') };
const description = readDescription(compile(smallClassifier(1)).wasm, '');
const input = new Int8Array(64);

/** A streamed model of one page whose inference reads weights so, and puts them where its output is. */
function reading(dst: number, offset: number, bytes: number): Uint8Array {
  const call = `(call $read (i32.const ${dst}) (i32.const ${offset}) (i32.const ${bytes}))`;
  const module = binaryen.parseText(`(module
    (import "wick" "read_weights" (func $read (param i32 i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "infer") (result i32) ${call} (i32.const 0))
    (func (export "input") (param i32) (result i32) (i32.const 64))
    (func (export "output") (param i32) (result i32) (i32.const 0)))`);
  const section = { ...description, weights: 'stream', weightsFile: file };
  module.addCustomSection('wick', new TextEncoder().encode(JSON.stringify(section)));
  const bytesOfModule = new Uint8Array(module.emitBinary());
  module.dispose();
  return bytesOfModule;
}

describe('the import wick.read_weights', () => {
  it('copies weights to where the module wants them', async () => {
    const model = await loadModel(reading(0, 7, 5), 'x.wasm', weights);
    expect(model.infer([input])).toEqual([Int8Array.of(7, 8, 9, 10, 11)]);
    const last = await loadModel(reading(0, 295, 5), 'x.wasm', weights);
    expect(last.infer([input])).toEqual([Int8Array.of(39, 40, 41, 42, 43)]);
  });

  it.each([
    ['behind the weights', 0, 296, 5],
    ['before the weights', 0, -1, 1],
    ['to behind the memory', 65532, 0, 5],
    ['to before the memory', -4, 0, 4],
    ['a length that is negative', 0, 0, -1],
  ])('refuses to read %s', async (_, dst, offset, bytes) => {
    const model = await loadModel(reading(dst, offset, bytes), 'x.wasm', weights);
    expect(() => model.infer([input])).toThrow(
      `x.wasm: module reads weights that there are not, or to where it has no memory: expected at most 300 bytes of weights and 65536 of memory, received ${bytes >>> 0} bytes from ${offset >>> 0} on, to address ${dst >>> 0}`,
    );
  });
});
