// Unrolls, in what asc has written, the loops that the kernels' sources write as `for (let i = 0; i < 8; i++)`: asc keeps loops as
// they are, and neither Binaryen nor an interpreter unrolls.
import binaryen from 'binaryen';

/** The most copies of a loop's body. */
const mostCopies = 16;

type Reference = binaryen.ExpressionRef;

/** The parts of an expression, if it is of this kind. */
function partsOf<T extends binaryen.ExpressionInfo>(
  expression: Reference | undefined,
  kind: binaryen.ExpressionIds,
): T | undefined {
  if (expression === undefined || binaryen.getExpressionId(expression) !== kind) return undefined;
  return binaryen.getExpressionInfo(expression) as T;
}
const blockOf = (expression: Reference) =>
  partsOf<binaryen.BlockInfo>(expression, binaryen.BlockId);
const ifOf = (expression: Reference) => partsOf<binaryen.IfInfo>(expression, binaryen.IfId);
const loopOf = (expression: Reference) => partsOf<binaryen.LoopInfo>(expression, binaryen.LoopId);
const binaryOf = (expression: Reference) =>
  partsOf<binaryen.BinaryInfo>(expression, binaryen.BinaryId);
const setOf = (expression: Reference | undefined) =>
  partsOf<binaryen.LocalSetInfo>(expression, binaryen.LocalSetId);

/** The number that a constant expression is. */
function constantOf(expression: Reference): number | undefined {
  const constant = partsOf<binaryen.ConstInfo>(expression, binaryen.ConstId);
  return constant === undefined ? undefined : Number(constant.value);
}

/** Whether an expression reads the local of this index. */
function reads(expression: Reference, index: number): boolean {
  return partsOf<binaryen.LocalGetInfo>(expression, binaryen.LocalGetId)?.index === index;
}

/** A loop with a known number of turns. */
interface CountedLoop {
  readonly counter: number;
  readonly values: readonly number[];
  /** What one turn does, the step of the counter left out. */
  readonly body: readonly Reference[];
}

/** The statements of a block, or the statement alone. */
function statementsOf(expression: Reference): readonly Reference[] {
  const block = blockOf(expression);
  return block === undefined || block.name !== null
    ? [expression]
    : block.children.flatMap(statementsOf);
}

/** Whether an expression, deep inside, jumps to this label. */
const jumpsTo = (expression: Reference, label: string): boolean =>
  binaryen.emitText(expression).includes(`$${label}`);

/** Reads `counter = first` followed by `loop (if (counter < end) { ...; counter = counter + step; br })`. */
function countedLoop(start: Reference, statement: Reference): CountedLoop | undefined {
  const set = setOf(start);
  const loop = loopOf(statement);
  const test = loop === undefined ? undefined : ifOf(loop.body);
  if (set === undefined || set.isTee || test === undefined || test.ifFalse !== 0) return undefined;
  const counter = set.index;
  const condition = binaryOf(test.condition);
  const isLess = condition?.op === binaryen.LtSInt32 || condition?.op === binaryen.LtUInt32;
  if (condition === undefined || !isLess || !reads(condition.left, counter)) return undefined;
  const body = statementsOf(test.ifTrue);
  const jump = partsOf<binaryen.BreakInfo>(body.at(-1), binaryen.BreakId);
  const step = setOf(body.at(-2));
  const sum = step?.index === counter ? binaryOf(step.value) : undefined;
  if (jump?.name !== loop?.name || sum?.op !== binaryen.AddInt32 || !reads(sum.left, counter))
    return undefined;
  const first = constantOf(set.value);
  const end = constantOf(condition.right);
  const stride = constantOf(sum.right);
  if (first === undefined || end === undefined || stride === undefined) return undefined;
  const turn = body.slice(0, -2);
  const turns = Math.ceil((end - first) / stride);
  if (turns > mostCopies || turn.some((statement) => jumpsTo(statement, loop?.name ?? '')))
    return undefined;
  return {
    counter,
    values: Array.from({ length: turns }, (_, index) => first + index * stride),
    body: turn,
  };
}

/**
 * A statement with its counted loops unrolled. Labels inside a turn are copied with it: in the binary a jump goes to the
 * nearest block around it of that name, and turns never enclose one another.
 */
function unrollIn(module: binaryen.Module, statement: Reference): Reference {
  const branch = ifOf(statement);
  if (branch !== undefined) {
    const otherwise = branch.ifFalse === 0 ? undefined : unrollIn(module, branch.ifFalse);
    return module.if(branch.condition, unrollIn(module, branch.ifTrue), otherwise);
  }
  const loop = loopOf(statement);
  if (loop !== undefined) return module.loop(loop.name, unrollIn(module, loop.body));
  const set = setOf(statement);
  // What an inlined function returns is the value of a block.
  if (set !== undefined && !set.isTee)
    return module.local.set(set.index, unrollIn(module, set.value));
  const block = blockOf(statement);
  if (block === undefined) return statement;
  const children = block.children.map((child, index) => {
    const counted =
      index === 0 ? undefined : countedLoop(block.children[index - 1] as number, child);
    return counted === undefined ? unrollIn(module, child) : copies(module, counted);
  });
  return module.block(block.name, children, block.type);
}

/** The turns of a loop one after another, the counter a constant in each. */
function copies(module: binaryen.Module, { counter, values, body }: CountedLoop): Reference {
  return module.block(
    null,
    values.flatMap((value) => [
      module.local.set(counter, module.i32.const(value)),
      ...body.map((statement) => module.copyExpression(statement)),
    ]),
  );
}

/** A module whose counted loops are unrolled; the others and all else stay. */
export function unrollLoops(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    module.setFeatures(binaryen.Features.All);
    for (let index = module.getNumFunctions() - 1; index >= 0; index--) {
      const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
      if (info.body === 0) continue;
      const body = unrollIn(module, info.body);
      module.removeFunction(info.name);
      module.addFunction(info.name, info.params, info.results, [...info.vars], body);
    }
    // Names are wanted here alone, and Binaryen has the setting for all modules.
    binaryen.setDebugInfo(true);
    return module.emitBinary();
  } finally {
    binaryen.setDebugInfo(false);
    module.dispose();
  }
}
