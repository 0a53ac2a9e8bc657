import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf, type Problem, WickError } from '../src/errors.ts';

const where = 'model.tflite';
const expected = '1x28x28x1';
const received = '1x32x32x3';
const hint = 'resize the images';

/** Every combination of the optional parts, and the line that it makes. */
const lines: readonly (readonly [Omit<Problem, 'what'>, string])[] = [
  [{}, 'input does not fit'],
  [{ hint }, 'input does not fit; resize the images'],
  [{ received }, 'input does not fit: received 1x32x32x3'],
  [{ received, hint }, 'input does not fit: received 1x32x32x3; resize the images'],
  [{ expected }, 'input does not fit: expected 1x28x28x1'],
  [{ expected, hint }, 'input does not fit: expected 1x28x28x1; resize the images'],
  [{ expected, received }, 'input does not fit: expected 1x28x28x1, received 1x32x32x3'],
  [
    { expected, received, hint },
    'input does not fit: expected 1x28x28x1, received 1x32x32x3; resize the images',
  ],
];

describe('WickError', () => {
  it.each(lines)('with %o says so in one line', (parts, line) => {
    expect(new WickError({ what: 'input does not fit', ...parts }).message).toBe(line);
  });

  it.each(lines)('with %o and a place names the place first', (parts, line) => {
    const error = new WickError({ what: 'input does not fit', where, ...parts });
    expect(error.message).toBe(`model.tflite: ${line}`);
  });

  it('is an Error of its own name that keeps the problem', () => {
    const problem = { what: 'input does not fit', where, hint };
    const error = new WickError(problem);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('WickError');
    expect(error.problem).toEqual(problem);
  });

  it('loses no part of a problem, whatever its text', () => {
    const text = fc.string({ minLength: 1 });
    const optional = { where: text, expected: text, received: text, hint: text };
    const problems = fc.record({ what: text, ...optional }, { requiredKeys: ['what'] });
    fc.assert(
      fc.property(problems, (problem) => {
        const { message } = new WickError(problem as Problem);
        for (const part of Object.values(problem)) expect(message).toContain(part);
      }),
    );
  });
});

describe('messageOf', () => {
  it('gives the message of an error', () => {
    expect(messageOf(new WickError({ what: 'out of range' }))).toBe('out of range');
  });

  it('gives anything else as text', () => {
    expect(messageOf('plain')).toBe('plain');
    expect(messageOf(7)).toBe('7');
    expect(messageOf(undefined)).toBe('undefined');
  });
});
