import binaryen from 'binaryen';
import { addBlockChecks } from './block-checks.ts';
import type { Checks } from './kernels.ts';
import { cType } from './patterns.ts';
import { withoutUnread } from './statements.ts';
import { translateBody } from './translate.ts';

/** A function in C, without the braces. */
export interface TranslatedFunction {
  readonly prototype: string;
  readonly body: string;
}

/** How the accesses of a function are checked. */
export interface Checking {
  readonly checks: Checks;
  /** With checks by block: whether addresses may be any numbers, so that their alignment is checked as well. */
  readonly checksAlignment?: boolean;
}

/**
 * A function in C, for firmware/engine/native/wick_runtime.h.
 *
 * @param values what is known of its parameters, in their order; it becomes constants
 * @param names what is called in C what it calls, by internal names
 */
export function translateFunction(
  info: binaryen.FunctionInfo,
  name: string,
  values: readonly (number | undefined)[],
  names: ReadonlyMap<string, string>,
  { checks, checksAlignment = false }: Checking,
): TranslatedFunction {
  const parameterTypes = binaryen.expandType(info.params);
  const parameters = parameterTypes.flatMap((type, index) =>
    values[index] !== undefined ? [] : [{ index, type: cType(type) }],
  );
  const {
    variables,
    lines: statements,
    unread,
  } = translateBody(
    info,
    parameters.map(({ index }) => index),
    (called) => {
      const known = names.get(called);
      if (known === undefined) throw new Error(`'${name}' calls '${called}', which is not there`);
      return known;
    },
  );
  const lines = withoutUnread(statements);
  const mentioned = new Set(lines.flatMap((line) => line.match(/\b[ltijr]\d+\b/g) ?? []));
  const initial = (variable: string): string => {
    const value = variable.startsWith('l') ? values[Number(variable.slice(1))] : undefined;
    return `${(value ?? 0) >>> 0}u`;
  };
  const used = [...variables].filter(([variable]) => mentioned.has(variable));
  const declarations = used.map(
    ([variable, type]) => `${type} ${variable} = ${initial(variable)};`,
  );
  const unused = parameters
    .filter(({ index }) => unread(index))
    .map(({ index }) => `(void)p${index};`);
  const result = info.results === binaryen.none ? 'void' : cType(info.results);
  const list = parameters.map(({ index, type }) => `${type} p${index}`).join(', ');
  const checked = checks === 'block' ? addBlockChecks(lines, checksAlignment) : lines;
  const bounds = ['MEMORY', 'WEIGHTS']
    .filter((region) => checked.some((line) => line.startsWith(`WICK_CHECK_${region}(`)))
    .map((region) => `WICK_${region}_BOUNDS;`);
  return {
    prototype: `${values.length > 0 ? 'WICK_KERNEL' : 'WICK_FUNCTION'} ${result} ${name}(${list || 'void'})`,
    body: [...declarations, ...bounds, ...unused, ...checked].map((line) => `  ${line}`).join('\n'),
  };
}
