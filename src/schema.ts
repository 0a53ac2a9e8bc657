import * as v from 'valibot';
import { messageOf, WickError } from './errors.ts';

/**
 * Checks a value against a schema and returns what the schema makes of it. Throws a WickError about the first thing
 * that does not fit: which key, what was expected, what was received.
 */
export function check<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  where: string,
  hint?: string,
): T {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  // A misspelt key is also a missing one, and the key that is there tells more.
  const issue = parsed.issues.find(isUnknownKey) ?? parsed.issues[0];
  const path = v.getDotPath(issue);
  const place = path === null ? where : `${where}, '${path}'`;
  throw new WickError({
    ...statement(issue),
    where: place,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What is wrong, of one issue of the schema library. */
function statement(issue: v.BaseIssue<unknown>): {
  readonly what: string;
  readonly expected?: string;
  readonly received?: string;
} {
  // Messages of its own making begin so; what a schema of ours says stands as it is.
  if (!issue.message.startsWith('Invalid ')) return { what: issue.message };
  if (isUnknownKey(issue)) return { what: `unknown key ${issue.received}` };
  if (issue.received === 'undefined' && issue.path !== undefined) return { what: 'key is missing' };
  const expected = issue.expected ?? expectations[issue.type];
  return {
    what: 'value does not fit',
    ...(expected === undefined ? {} : { expected }),
    received: issue.received,
  };
}

/** What the schema library's checks expect, by their type, where it does not say that itself. */
const expectations: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  safe_integer: 'a whole number',
  finite: 'a finite number',
};

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

/** The schema of an object with these keys and no others; its message about an unknown key lists them. */
export function strictObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) =>
    isUnknownKey(issue)
      ? `unknown key ${issue.received}: known are ${Object.keys(entries).join(', ')}`
      : issue.message,
  );
}

/** What was received, for a schema's own message: a list of numbers as it is, where the library says `Array` only. */
export function formatReceived({ input, received }: v.BaseIssue<unknown>): string {
  const isNumbers = Array.isArray(input) && input.every((item) => typeof item === 'number');
  return isNumbers ? `[${input.join(', ')}]` : received;
}

/** The schema of a whole number in a range, both ends included. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
}

/** The schema of the seed of random choices. */
export const seedSchema = v.pipe(v.number(), v.safeInteger());

/** Parses the JSON text of a file. Throws a WickError that names the file where it is none. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new WickError({
      what: 'file is corrupted',
      where,
      expected: 'JSON',
      received: messageOf(error),
    });
  }
}
