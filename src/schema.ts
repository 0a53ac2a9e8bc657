import * as v from 'valibot';
import { WickError } from './errors.ts';

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
  const [issue] = parsed.issues;
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
  if (issue.expected === 'never') return { what: `unknown key ${issue.received}` };
  const key = issue.path?.at(-1);
  if (issue.received === 'undefined' && key !== undefined) return { what: 'key is missing' };
  // Messages of its own making begin so; what a schema of ours says stands as it is.
  if (!issue.message.startsWith('Invalid ')) return { what: issue.message };
  return {
    what: 'value does not fit',
    ...(issue.expected === null ? {} : { expected: issue.expected }),
    received: issue.received,
  };
}

/** Parses JSON text. Throws a WickError that names the file where it is none. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WickError({
      what: 'file is corrupted',
      where,
      expected: 'JSON',
      received: error instanceof Error ? error.message : String(error),
    });
  }
}
