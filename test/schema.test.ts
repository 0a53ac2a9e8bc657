import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { check, formatReceived, parseJson, strictObject, wholeNumber } from '../src/schema.ts';

const schema = strictObject({
  name: v.string(),
  size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  kind: v.optional(v.picklist(['small', 'large'])),
  parts: v.optional(v.array(strictObject({ id: v.number() }))),
  ratio: v.optional(v.pipe(v.number(), v.maxValue(1, 'too much'))),
});

const refusal = (value: unknown) => () => check(schema, value, 'settings.json');

describe('check', () => {
  it('returns what the schema makes of a value', () => {
    const withDefault = v.object({ size: v.optional(v.number(), 3) });
    expect(check(withDefault, {}, 'settings.json')).toEqual({ size: 3 });
  });

  it.each<[string, unknown, string]>([
    ['no object', 7, 'settings.json: value does not fit: expected Object, received 7'],
    ['a missing key', {}, "settings.json, 'name': key is missing"],
    [
      'a value of another type',
      { name: 7 },
      "settings.json, 'name': value does not fit: expected string, received 7",
    ],
    [
      'a value that is none of a list',
      { name: 'x', kind: 'medium' },
      `settings.json, 'kind': value does not fit: expected ("small" | "large"), received "medium"`,
    ],
    [
      'a fraction',
      { name: 'x', size: 1.5 },
      "settings.json, 'size': value does not fit: expected a whole number, received 1.5",
    ],
    [
      'a number out of range',
      { name: 'x', size: 0 },
      "settings.json, 'size': value does not fit: expected >=1, received 0",
    ],
    [
      'a place inside',
      { name: 'x', parts: [{ id: 1 }, { id: '2' }] },
      `settings.json, 'parts.1.id': value does not fit: expected number, received "2"`,
    ],
    ["a schema's own message", { name: 'x', ratio: 2 }, "settings.json, 'ratio': too much"],
    [
      'an unknown key, together with the known ones',
      { name: 'x', colour: 'red' },
      `settings.json, 'colour': unknown key "colour": known are name, size, kind, parts, ratio`,
    ],
    [
      'a misspelt key rather than the missing one',
      { nam: 'x' },
      `settings.json, 'nam': unknown key "nam": known are name, size, kind, parts, ratio`,
    ],
    [
      'an unknown key inside',
      { name: 'x', parts: [{ di: 1 }] },
      `settings.json, 'parts.0.di': unknown key "di": known are id`,
    ],
  ])('tells %s', (_, value, message) => {
    expect(refusal(value)).toThrow(expect.objectContaining({ name: 'WickError', message }));
  });

  it('tells the first of several faults', () => {
    expect(refusal({ name: 'x', size: 0, kind: 'medium' })).toThrow(/'size'/);
  });

  it("tells an unknown key of the library's own strict objects", () => {
    const plain = v.strictObject({ id: v.optional(v.number()) });
    expect(() => check(plain, { di: 1 }, 'x')).toThrow(`x, 'di': unknown key "di"`);
  });

  it('ends with the hint that it is given', () => {
    expect(() => check(schema, {}, 'settings.json', 'write it anew')).toThrow(
      "settings.json, 'name': key is missing; write it anew",
    );
  });
});

describe('wholeNumber', () => {
  it('takes both ends of its range and what lies between', () => {
    for (const value of [2, 3, 7]) expect(check(wholeNumber(2, 7), value, 'n')).toBe(value);
  });

  it.each<[unknown, string]>([
    [1, 'expected >=2, received 1'],
    [8, 'expected <=7, received 8'],
    [2.5, 'expected a whole number, received 2.5'],
    [Number.NaN, 'expected number, received NaN'],
    [Number.POSITIVE_INFINITY, 'expected a whole number, received Infinity'],
    ['3', 'expected number, received "3"'],
  ])('refuses %j', (value, message) => {
    expect(() => check(wholeNumber(2, 7), value, 'n')).toThrow(`n: value does not fit: ${message}`);
  });

  it('ends where numbers are no longer exact', () => {
    expect(() => check(wholeNumber(0), 2 ** 53, 'n')).toThrow('n: value does not fit: expected <=');
  });
});

describe('formatReceived', () => {
  const named = v.number((issue) => `one is needed: received ${formatReceived(issue)}`);

  it.each<[unknown, string]>([
    [[28, 28], '[28, 28]'],
    [[], '[]'],
    ['28x28', '"28x28"'],
    [[28, '28'], 'Array'],
    [null, 'null'],
  ])('of %j is %s', (value, text) => {
    expect(() => check(named, value, 'n')).toThrow(`n: one is needed: received ${text}`);
  });
});

describe('parseJson', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);

  it('gives what the text says', () => {
    expect(parseJson(utf8('{"a": [1, null]}'), 'a.json')).toEqual({ a: [1, null] });
  });

  it('names the file whose text is no JSON', () => {
    expect(() => parseJson(utf8('{'), 'a.json')).toThrow(
      expect.objectContaining({
        name: 'WickError',
        message: expect.stringMatching(/^a.json: file is corrupted: expected JSON, received .+/),
      }),
    );
  });
});
