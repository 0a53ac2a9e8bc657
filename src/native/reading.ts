import binaryen from 'binaryen';
import { childrenOf } from '../compile/calls.ts';

type Reference = binaryen.ExpressionRef;

/** How often each local of a function is read. */
export function countReads(body: Reference): ReadonlyMap<number, number> {
  const reads = new Map<number, number>();
  const visit = (expression: Reference): void => {
    if (binaryen.getExpressionId(expression) === binaryen.LocalGetId) {
      const { index } = binaryen.getExpressionInfo(expression) as binaryen.LocalGetInfo;
      reads.set(index, (reads.get(index) ?? 0) + 1);
    }
    childrenOf(expression).forEach(visit);
  };
  visit(body);
  return reads;
}

/** An address as a base and a constant offset from it. */
export function splitAddress(
  pointer: Reference,
  offset: number,
): { readonly base: Reference; readonly offset: number } {
  if (binaryen.getExpressionId(pointer) === binaryen.BinaryId) {
    const { op, left, right } = binaryen.getExpressionInfo(pointer) as binaryen.BinaryInfo;
    if (op === binaryen.AddInt32 && binaryen.getExpressionId(right) === binaryen.ConstId) {
      const { value } = binaryen.getExpressionInfo(right) as binaryen.ConstInfo;
      if (Number(value) >= 0) return splitAddress(left, offset + Number(value));
    }
  }
  return { base: pointer, offset };
}
