import binaryen from 'binaryen';
import { cType } from './patterns.ts';

/** The variables of a C function, declared as they are asked for. */
export interface Variables {
  /** Those that are no parameters, and their C types. */
  readonly types: ReadonlyMap<string, string>;
  /** What a local of the function is called: `p` and its number where it is a parameter, else `l`. */
  local(index: number): string;
  /** What holds the value of an expression of that depth: `i`, `j` or `r`, by its type, and the depth. */
  slot(type: binaryen.Type, depth: number): string;
  /** A new one. */
  temporary(type: binaryen.Type): string;
}

/**
 * No variables yet.
 *
 * @param locals the types of the function's locals
 * @param parameters the numbers of those that are the C function's parameters
 */
export function createVariables(
  locals: readonly binaryen.Type[],
  parameters: readonly number[],
): Variables {
  const types = new Map<string, string>();
  const declare = (name: string, type: binaryen.Type): string => {
    types.set(name, cType(type));
    return name;
  };
  let temporaries = 0;
  return {
    types,
    local: (index) =>
      parameters.includes(index)
        ? `p${index}`
        : declare(`l${index}`, locals[index] as binaryen.Type),
    slot: (type, depth) =>
      declare(`${type === binaryen.i64 ? 'j' : type === binaryen.f32 ? 'r' : 'i'}${depth}`, type),
    temporary: (type) => declare(`t${temporaries++}`, type),
  };
}
