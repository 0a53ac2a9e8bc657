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

/** The expressions that an expression is made of. Throws on what no scalar kernel holds: what is in it would be missed. */
export function childrenOf(expression: Reference): readonly Reference[] {
  const parts = children.get(binaryen.getExpressionId(expression));
  if (parts === undefined) {
    throw new Error(`no kernel is known to hold ${binaryen.emitText(expression)}`);
  }
  return parts(expression);
}

/** Every call in an expression. */
export function callsIn(expression: Reference): readonly Reference[] {
  if (expression === 0) return [];
  const calls = childrenOf(expression).flatMap(callsIn);
  return binaryen.getExpressionId(expression) === binaryen.CallId ? [...calls, expression] : calls;
}

/** The internal name of the function that a call calls. */
export const targetOf = (call: Reference): string =>
  (binaryen.getExpressionInfo(call) as binaryen.CallInfo).target;

/** A copy of a function, under another name and with other functions in the place of some that it calls. */
export function copyFunction(
  module: binaryen.Module,
  name: string,
  copy: string,
  targets: ReadonlyMap<string, string>,
): void {
  const { params, results, vars, body } = binaryen.getFunctionInfo(module.getFunction(name));
  const copied = module.copyExpression(body);
  for (const call of callsIn(copied)) {
    const target = targets.get(targetOf(call));
    if (target !== undefined) setTarget(call, target);
  }
  module.addFunction(copy, params, results, [...vars], copied);
}
