import binaryen from 'binaryen';

type Reference = binaryen.ExpressionRef;
type Children = (expression: Reference) => readonly Reference[];

/** The parts of an expression of a kind, by the names of those that are expressions themselves. */
const partsOf =
  <T extends binaryen.ExpressionInfo>(...keys: readonly (keyof T)[]): Children =>
  (expression) => {
    const info = binaryen.getExpressionInfo(expression) as T;
    return keys.flatMap((key) => info[key] as Reference | Reference[]).filter((part) => part !== 0);
  };
const leaf: Children = () => [];

/** What scalar kernels are made of. */
const children: ReadonlyMap<number, Children> = new Map([
  [binaryen.BlockId, partsOf<binaryen.BlockInfo>('children')],
  [binaryen.IfId, partsOf<binaryen.IfInfo>('condition', 'ifTrue', 'ifFalse')],
  [binaryen.LoopId, partsOf<binaryen.LoopInfo>('body')],
  [binaryen.BreakId, partsOf<binaryen.BreakInfo>('condition', 'value')],
  [binaryen.SwitchId, partsOf<binaryen.SwitchInfo>('condition', 'value')],
  [binaryen.CallId, partsOf<binaryen.CallInfo>('operands')],
  [binaryen.LocalGetId, leaf],
  [binaryen.LocalSetId, partsOf<binaryen.LocalSetInfo>('value')],
  [binaryen.GlobalGetId, leaf],
  [binaryen.GlobalSetId, partsOf<binaryen.GlobalSetInfo>('value')],
  [binaryen.LoadId, partsOf<binaryen.LoadInfo>('ptr')],
  [binaryen.StoreId, partsOf<binaryen.StoreInfo>('ptr', 'value')],
  [binaryen.ConstId, leaf],
  [binaryen.UnaryId, partsOf<binaryen.UnaryInfo>('value')],
  [binaryen.BinaryId, partsOf<binaryen.BinaryInfo>('left', 'right')],
  [binaryen.SelectId, partsOf<binaryen.SelectInfo>('ifTrue', 'ifFalse', 'condition')],
  [binaryen.DropId, partsOf<binaryen.DropInfo>('value')],
  [binaryen.ReturnId, partsOf<binaryen.ReturnInfo>('value')],
  [binaryen.NopId, leaf],
  [binaryen.UnreachableId, leaf],
]);

/** Not in Binaryen's types, though in its interface. */
const { setTarget } = (
  binaryen as unknown as {
    readonly Call: { setTarget(call: Reference, target: string): void };
  }
).Call;

/** Every call in an expression. Throws on what no scalar kernel holds, because a call in it would be missed. */
function callsIn(expression: Reference): readonly Reference[] {
  if (expression === 0) return [];
  const id = binaryen.getExpressionId(expression);
  const parts = children.get(id);
  if (parts === undefined) {
    throw new Error(`functions with ${binaryen.emitText(expression)} are not copied`);
  }
  const calls = parts(expression).flatMap(callsIn);
  return id === binaryen.CallId ? [...calls, expression] : calls;
}

const targetOf = (call: Reference) =>
  (binaryen.getExpressionInfo(call) as binaryen.CallInfo).target;

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
  const infoOf = (name: string) => binaryen.getFunctionInfo(module.getFunction(name));
  const isChanged = (name: string): boolean => {
    const known = visited.get(name);
    if (known !== undefined) return known;
    visited.set(name, false);
    const called = new Set(callsIn(infoOf(name).body).map(targetOf));
    const changed = [...called].filter((callee) => targets.has(callee) || isChanged(callee));
    if (changed.length > 0) targets.set(name, `${name} copy`);
    visited.set(name, changed.length > 0);
    return changed.length > 0;
  };
  for (const name of names) isChanged(name);
  for (const [name, copy] of targets) {
    if (replacements.has(name)) continue;
    const { params, results, vars, body } = infoOf(name);
    const copied = module.copyExpression(body);
    for (const call of callsIn(copied)) {
      const target = targets.get(targetOf(call));
      if (target !== undefined) setTarget(call, target);
    }
    module.addFunction(copy, params, results, [...vars], copied);
  }
  return targets;
}
