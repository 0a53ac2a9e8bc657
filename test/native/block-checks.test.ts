import { describe, expect, it } from 'vitest';
import { addBlockChecks } from '../../src/native/block-checks.ts';

/** What checks are added to a function's statements, each with the index of the statement that it stands before. */
function checksOf(lines: readonly string[]): readonly (readonly [number, string])[] {
  const found: (readonly [number, string])[] = [];
  let at = 0;
  for (const line of addBlockChecks(lines)) {
    if (line.startsWith('WICK_CHECK_')) found.push([at, line]);
    else expect(line).toBe(lines[at++]);
  }
  expect(at).toBe(lines.length);
  return found;
}

describe('addBlockChecks', () => {
  it('checks all that a block reads behind a base at once', () => {
    const lines = [
      'l1 = wick_u32_load8_s(p0, 3u);',
      'l2 = wick_u32_load(p0, 8u);',
      'wick_u64_store(p0, 16u, l3);',
    ];
    expect(checksOf(lines)).toEqual([[0, 'WICK_CHECK_MEMORY(p0, 24u);']]);
  });

  it('checks memory and weights apart', () => {
    const lines = ['l1 = (wick_u32_load8_s(p0, 0u) * wick_weight_load32(p0, 4u));'];
    expect(checksOf(lines)).toEqual([
      [0, 'WICK_CHECK_MEMORY(p0, 1u);'],
      [0, 'WICK_CHECK_WEIGHTS(p0, 8u);'],
    ]);
  });

  it('knows a base again in another variable, and that far from where it was', () => {
    const lines = [
      'l1 = wick_u32_load(p0, 0u);',
      'l2 = p0;',
      'l3 = 8u;',
      'l4 = wick_u32_load((l2 + l3), 4u);',
      'p0 = (p0 + 64u);',
      'l5 = wick_u32_load_unaligned(p0, 0u);',
    ];
    expect(checksOf(lines)).toEqual([[0, 'WICK_CHECK_MEMORY(p0, 68u);']]);
  });

  it('checks a base anew that has got another value', () => {
    const lines = ['l1 = wick_u32_load(p0, 0u);', 'p0 = l1;', 'l2 = wick_u32_load(p0, 0u);'];
    expect(checksOf(lines)).toEqual([
      [0, 'WICK_CHECK_MEMORY(p0, 4u);'],
      [1, 'WICK_CHECK_MEMORY(l1, 4u);'],
    ]);
  });

  it('checks from the least address to the greatest, in whichever order they come', () => {
    const lines = [
      'l1 = (p0 + 8u);',
      'l2 = wick_u32_load8_u(l1, 0u);',
      'l3 = wick_u32_load8_u((p0 + 2u), 0u);',
    ];
    expect(checksOf(lines)).toEqual([[0, 'WICK_CHECK_MEMORY((p0 + 2u), 7u);']]);
  });

  it('checks a base where it is first known: before the block, or behind what made it', () => {
    const lines = [
      'l1 = 5u;',
      'l2 = p0;',
      'l3 = (p1 * 3u);',
      'l4 = 1u;',
      'l5 = wick_u32_load8_u(l2, 0u);',
      'l6 = wick_u32_load8_u((l3 + l4), 0u);',
    ];
    expect(checksOf(lines)).toEqual([
      [0, 'WICK_CHECK_MEMORY(p0, 1u);'],
      [3, 'WICK_CHECK_MEMORY((l3 + 1u), 1u);'],
    ]);
  });

  it.each([
    ['a label', 'L1:;'],
    ['a jump', 'goto L1;'],
    ['a condition', 'if (p1 == 0u) {'],
    ['the end of one', '}'],
    ['a return', 'return;'],
  ])('begins anew behind %s, which may not be passed', (_, line) => {
    const access = 'l1 = wick_u32_load8_u(p0, 0u);';
    const check = 'WICK_CHECK_MEMORY(p0, 1u);';
    expect(checksOf([access, line, access])).toEqual([
      [0, check],
      [2, check],
    ]);
  });

  it('covers a condition that reads', () => {
    expect(checksOf(['if (wick_u32_load8_u(p0, 2u) == 0u) goto L1;'])).toEqual([
      [0, 'WICK_CHECK_MEMORY(p0, 3u);'],
    ]);
  });

  it('does not take what was read from memory for the same base twice', () => {
    const lines = [
      'l1 = wick_u32_load(wick_u32_load(p0, 0u), 0u);',
      'l2 = wick_u32_load(wick_u32_load(p0, 0u), 4u);',
    ];
    expect(checksOf(lines).filter(([, check]) => check.includes('load'))).toHaveLength(2);
  });
});
