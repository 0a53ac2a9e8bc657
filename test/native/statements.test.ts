import { describe, expect, it } from 'vitest';
import { createStatements, withoutUnread } from '../../src/native/statements.ts';

describe('what a variable still stands for', () => {
  it('is forgotten when it, or what it was made of, gets another value', () => {
    const out = createStatements();
    out.assign('l1', 'wick_max(l2, 0u)');
    expect(out.definitionOf('l1')).toBe('wick_max(l2, 0u)');
    out.assign('l2', '3u');
    expect(out.definitionOf('l1')).toBeUndefined();
  });

  it('is not known of itself, of memory, nor behind a label or the end of a branch', () => {
    const out = createStatements();
    out.assign('l1', '(l1 + 1u)');
    out.assign('l2', 'wick_u32_load(p0, 0u)');
    expect([out.definitionOf('l1'), out.definitionOf('l2')]).toEqual([undefined, undefined]);
    for (const end of [() => out.label('L1'), () => out.push('}'), () => out.push('} else {')]) {
      out.assign('l3', '(p0 + 1u)');
      end();
      expect(out.definitionOf('l3')).toBeUndefined();
    }
  });
});

describe('whether statements change an expression', () => {
  const changes = (expression: string, ...lines: readonly string[]) => {
    const out = createStatements();
    for (const line of lines) out.push(line);
    return out.changesSince(0, expression);
  };

  it('they do by assigning to what it reads', () => {
    expect(changes('(l1 + l2)', 'l2 = 0u;')).toBe(true);
    expect(changes('(l1 + l2)', 'l22 = 0u;')).toBe(false);
  });

  it('they do by storing, or calling what may store, where it reads memory', () => {
    const load = 'wick_u32_load(p0, 0u)';
    expect(changes(load, 'wick_u32_store8(p1, 0u, 3u);')).toBe(true);
    expect(changes(load, 't0 = columns_put(p1);')).toBe(true);
    expect(changes(load, 'l1 = wick_u32_load(p1, 0u);')).toBe(false);
    expect(changes('(p0 + 1u)', 'wick_u32_store8(p1, 0u, 3u);')).toBe(false);
  });
});

describe('withoutUnread', () => {
  it('drops assignments that nothing reads, and those read only for them', () => {
    expect(withoutUnread(['l1 = 1u;', 'l2 = (l1 + 1u);', 'l3 = 2u;', 'return l3;'])).toEqual([
      'l3 = 2u;',
      'return l3;',
    ]);
  });

  it('keeps what a call does', () => {
    expect(withoutUnread(['t0 = columns_put(p1);'])).toEqual(['columns_put(p1);']);
    expect(withoutUnread(['l1 = wick_u32_load(p0, 0u);'])).toEqual([]);
  });
});
