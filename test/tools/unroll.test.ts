import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { unrollLoops } from '../../tools/kernels/unroll.ts';

/** A module whose `f` has these statements and returns local 1; local 2 counts. As text, in the form that asc writes. */
function moduleOf(statements: string): Uint8Array {
  const module = binaryen.parseText(`(module
    (func $f (export "f") (param i32) (result i32) (local i32 i32)
      ${statements}
      (local.get 1)))`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

const loop = (first: number, end: string, step: number, turn: string) => `
  (local.set 2 (i32.const ${first}))
  (loop $again
    (if (i32.lt_s (local.get 2) ${end})
      (then
        ${turn}
        (local.set 2 (i32.add (local.get 2) (i32.const ${step})))
        (br $again))))`;

const addCounter = '(local.set 1 (i32.add (local.get 1) (local.get 2)))';
/** Adds the counter unless it equals the parameter: a turn with a label and a jump of its own. */
const addOthers = `(block $skip
  (br_if $skip (i32.eq (local.get 2) (local.get 0)))
  ${addCounter})`;

function textOf(bytes: Uint8Array): string {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  return text;
}

function call(bytes: Uint8Array, argument: number): number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)));
  return (instance.exports.f as (x: number) => number)(argument);
}

const loops = (bytes: Uint8Array) => textOf(bytes).match(/\(loop/g)?.length ?? 0;

describe('unrollLoops', () => {
  it.each([
    ['from 0 to 8', loop(0, '(i32.const 8)', 1, addCounter), 28],
    ['with a step', loop(4, '(i32.const 20)', 8, addCounter), 16],
    ['with 16 turns', loop(0, '(i32.const 16)', 1, addCounter), 120],
    ['without a turn', loop(9, '(i32.const 8)', 1, addCounter), 0],
    ['with a label inside', loop(0, '(i32.const 8)', 1, addOthers), 25],
  ])('leaves no loop %s, and the same result', (_, statements, sum) => {
    const before = moduleOf(statements);
    const after = unrollLoops(before);
    expect([loops(before), loops(after)]).toEqual([1, 0]);
    expect([call(before, 3), call(after, 3)]).toEqual([sum, sum]);
  });

  it.each([
    ['of more than 16 turns', loop(0, '(i32.const 17)', 1, addCounter)],
    ['whose end is known only when it runs', loop(0, '(local.get 0)', 1, addCounter)],
    [
      'that goes on from inside',
      loop(
        0,
        '(i32.const 8)',
        1,
        '(local.set 2 (i32.add (local.get 2) (i32.const 1))) (br_if $again (local.get 0))',
      ),
    ],
  ])('keeps a loop %s', (_, statements) => {
    const before = moduleOf(statements);
    const after = unrollLoops(before);
    expect([loops(before), loops(after)]).toEqual([1, 1]);
    expect(call(after, 0)).toBe(call(before, 0));
  });

  it('unrolls the inner of two loops', () => {
    const inner = loop(0, '(i32.const 3)', 1, addCounter).replaceAll('$again', '$inner');
    const before = moduleOf(
      `(loop $outer ${inner} (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
    );
    const after = unrollLoops(before);
    expect([loops(before), loops(after)]).toEqual([2, 1]);
    expect([call(before, 5), call(after, 5)]).toEqual([15, 15]);
  });
});
