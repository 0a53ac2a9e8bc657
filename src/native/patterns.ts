import binaryen from 'binaryen';

type Reference = binaryen.ExpressionRef;

const types: ReadonlyMap<binaryen.Type, string> = new Map([
  [binaryen.i32, 'u32'],
  [binaryen.i64, 'u64'],
  [binaryen.f32, 'f32'],
]);

/** The C type of values of a type. Throws where no scalar kernel has it. */
export function cType(type: binaryen.Type): string {
  const name = types.get(type);
  if (name === undefined) throw new Error(`no kernel is known to have values of type ${type}`);
  return name;
}

/** The name of a load or store in wick_runtime.h, without `wick_`: `u32_load8_s`, `u32_store_unaligned`. */
export function accessName(
  kind: 'load' | 'store',
  type: binaryen.Type,
  { bytes, align, isSigned = true }: { bytes: number; align: number; isSigned?: boolean },
): string {
  const width = type === binaryen.i64 ? 8 : 4;
  const part = bytes === width ? '' : `${8 * bytes}`;
  const sign = part === '' || kind === 'store' ? '' : isSigned ? '_s' : '_u';
  // Where an instruction says nothing of it, an address is a multiple of the bytes.
  const place = align === 0 || align >= bytes ? '' : '_unaligned';
  return `${cType(type)}_${kind}${part}${sign}${place}`;
}

/** A constant as a C literal. */
export function constant({ type, value }: binaryen.ConstInfo): string {
  if (type === binaryen.i32) return `${Number(value) >>> 0}u`;
  if (type === binaryen.i64) return `${int64(value)}ull`;
  const digits = Math.fround(Number(value)).toString();
  return /[.e]/.test(digits) ? `${digits}f` : `${digits}.0f`;
}

/** Binaryen gives an int64 as a number, a BigInt, or two halves. */
function int64(value: binaryen.ConstInfo['value']): bigint {
  if (typeof value === 'bigint') return BigInt.asUintN(64, value);
  if (typeof value === 'number') return BigInt.asUintN(64, BigInt(value));
  if ('low' in value) return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  throw new Error('no kernel is known to have constants of 128 bits');
}

function binaryOf(expression: Reference, op: binaryen.Operations): binaryen.BinaryInfo | undefined {
  if (binaryen.getExpressionId(expression) !== binaryen.BinaryId) return undefined;
  const info = binaryen.getExpressionInfo(expression) as binaryen.BinaryInfo;
  return info.op === op ? info : undefined;
}

function unaryOf(expression: Reference, op: binaryen.Operations): Reference | undefined {
  if (binaryen.getExpressionId(expression) !== binaryen.UnaryId) return undefined;
  const info = binaryen.getExpressionInfo(expression) as binaryen.UnaryInfo;
  return info.op === op ? info.value : undefined;
}

function isConstant(expression: Reference, expected: bigint): boolean {
  if (binaryen.getExpressionId(expression) !== binaryen.ConstId) return false;
  return int64((binaryen.getExpressionInfo(expression) as binaryen.ConstInfo).value) === expected;
}

/**
 * The factors where an expression is `roundedHigh` of assembly/fixedpoint.ts: both are int32, which C only sees where they are
 * widened.
 */
export function highProduct(expression: Reference): readonly [Reference, Reference] | undefined {
  const wrapped = unaryOf(expression, binaryen.WrapInt64);
  const shifted = wrapped === undefined ? undefined : binaryOf(wrapped, binaryen.ShrSInt64);
  if (shifted === undefined || !isConstant(shifted.right, 32n)) return undefined;
  const sum = binaryOf(shifted.left, binaryen.AddInt64);
  if (sum === undefined || !isConstant(sum.right, 2n ** 31n)) return undefined;
  const product = binaryOf(sum.left, binaryen.MulInt64);
  const left = product && unaryOf(product.left, binaryen.ExtendSInt32);
  const right = product && unaryOf(product.right, binaryen.ExtendSInt32);
  return left === undefined || right === undefined ? undefined : [left, right];
}

/** A sum with such a product, which is one operation too. */
export function sumWith(op: binaryen.Operations, operands: readonly string[]): string | undefined {
  if (op !== binaryen.AddInt32) return undefined;
  const [left, right] = operands as [string, string];
  const product = /^(wick_high_product\(.*), 0u\)$/;
  const [, start] = product.exec(right) ?? [];
  if (start !== undefined) return `${start}, ${left})`;
  const [, other] = product.exec(left) ?? [];
  return other === undefined ? undefined : `${other}, ${right})`;
}

/**
 * A minimum or maximum where the condition compares what is chosen from, and both where one operand is such a maximum
 * that a variable still holds.
 */
export function minimumOrMaximum(
  condition: string,
  yes: string,
  no: string,
  definitionOf: (variable: string) => string | undefined,
): string | undefined {
  const [, left, sign, right] = /^\(\(s32\)(\w+) ([<>]) \(s32\)(\w+)\)$/.exec(condition) ?? [];
  // A constant may stand in the place of the variable that holds it.
  const isSame = (compared: string | undefined, chosen: string): boolean =>
    compared !== undefined && (compared === chosen || compared === definitionOf(chosen));
  if (!isSame(left, yes) || !isSame(right, no)) return undefined;
  if (sign === '>') return `wick_max(${yes}, ${no})`;
  const [, value, low] = /^wick_max\((\w+), (\w+)\)$/.exec(definitionOf(yes) ?? '') ?? [];
  return value === undefined ? `wick_min(${yes}, ${no})` : `wick_clamp(${value}, ${low}, ${no})`;
}

/** An expression in one pair of parentheses: clang warns of comparisons in two. */
export function inParentheses(expression: string): string {
  let depth = 0;
  const closes = [...expression].findIndex((character) => {
    if (character === '(') depth++;
    if (character === ')') depth--;
    return depth === 0;
  });
  return expression.startsWith('(') && closes === expression.length - 1
    ? expression
    : `(${expression})`;
}
