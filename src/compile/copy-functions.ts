import binaryen from 'binaryen';
import { callsIn, copyFunction, targetOf } from './calls.ts';

/**
 * Copies functions, and those that they call, in so far as they come to call a function that is to be replaced; the
 * copies call the replacements. Returns the name of each copy by the original's.
 *
 * @param replacements names of functions, and those of what is called in their place
 */
export function copyFunctions(
  module: binaryen.Module,
  names: Iterable<string>,
  replacements: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const targets = new Map(replacements);
  const visited = new Map<string, boolean>();
  const isChanged = (name: string): boolean => {
    const known = visited.get(name);
    if (known !== undefined) return known;
    visited.set(name, false);
    const called = new Set(
      callsIn(binaryen.getFunctionInfo(module.getFunction(name)).body).map(targetOf),
    );
    const changed = [...called].filter((callee) => targets.has(callee) || isChanged(callee));
    if (changed.length > 0) targets.set(name, `${name} copy`);
    visited.set(name, changed.length > 0);
    return changed.length > 0;
  };
  for (const name of names) isChanged(name);
  for (const [name, copy] of targets) {
    if (replacements.has(name)) continue;
    copyFunction(module, name, copy, targets);
  }
  return targets;
}
