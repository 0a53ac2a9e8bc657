import binaryen from 'binaryen';
import { callsIn, targetOf } from '../compile/calls.ts';

/** What is known of a function's arguments; undefined where one may be any number. */
type Known = readonly (number | undefined)[];

/**
 * Folds what is known of a function's arguments into it and into all that it calls, as far as every call says the same. The
 * module gets copies; they call what the functions called that they are copies of.
 *
 * @param functions internal names: the first one, then all that it calls
 * @returns the copy of each
 */
export function specialize(
  module: binaryen.Module,
  functions: readonly string[],
  known: Known,
): ReadonlyMap<string, string> {
  const copies = new Map<string, string>();
  for (const name of callersFirst(module, functions)) {
    const given =
      name === functions[0] ? known : sameInAll(callsOf(module, [...copies.values()], name));
    copies.set(name, copyWith(module, name, given));
  }
  return copies;
}

const bodyOf = (module: binaryen.Module, name: string): binaryen.ExpressionRef =>
  binaryen.getFunctionInfo(module.getFunction(name)).body;

/** Functions in an order in which each stands behind all of them that call it. */
function callersFirst(module: binaryen.Module, functions: readonly string[]): readonly string[] {
  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (name: string): void => {
    if (visited.has(name) || !functions.includes(name)) return;
    visited.add(name);
    for (const call of callsIn(bodyOf(module, name))) visit(targetOf(call));
    order.push(name);
  };
  for (const name of functions) visit(name);
  return order.reverse();
}

function callsOf(
  module: binaryen.Module,
  callers: readonly string[],
  target: string,
): readonly binaryen.CallInfo[] {
  return callers
    .flatMap((caller) => callsIn(bodyOf(module, caller)))
    .filter((call) => targetOf(call) === target)
    .map((call) => binaryen.getExpressionInfo(call) as binaryen.CallInfo);
}

/** The arguments that are the same number in all calls. */
function sameInAll(calls: readonly binaryen.CallInfo[]): Known {
  const [first, ...others] = calls.map(({ operands }) => operands.map(constantOf));
  return (first ?? []).map((value, index) =>
    others.every((other) => other[index] === value) ? value : undefined,
  );
}

function constantOf(expression: binaryen.ExpressionRef): number | undefined {
  if (binaryen.getExpressionId(expression) !== binaryen.ConstId) return undefined;
  const { value } = binaryen.getExpressionInfo(expression) as binaryen.ConstInfo;
  return typeof value === 'number' ? value : undefined;
}

function copyWith(module: binaryen.Module, name: string, known: Known): string {
  const { params, results, vars, body } = binaryen.getFunctionInfo(module.getFunction(name));
  const copy = `${name} with ${known.join()}`;
  if (module.getFunction(copy) !== 0) return copy;
  const constants = known.flatMap((value, index) =>
    value === undefined ? [] : [module.local.set(index, module.i32.const(value))],
  );
  const whole = module.block(null, [...constants, module.copyExpression(body)], results);
  module.addFunction(copy, params, results, [...vars], whole);
  module.runPassesOnFunction(copy, foldingPasses);
  return copy;
}

/** They fold constants and drop what is never reached; all else they leave as it is, for the C compiler. */
const foldingPasses = ['precompute-propagate', 'remove-unused-names', 'vacuum'];
