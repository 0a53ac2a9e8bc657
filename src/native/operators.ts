import binaryen from 'binaryen';

/** C for an operator whose operands are given as C; what it gives is as unsigned as they are. */
type Operator = (...operands: readonly string[]) => string;

const signed =
  (bits: 32 | 64, operator: string): Operator =>
  (a, b) =>
    `(u${bits})((s${bits})${a} ${operator} (s${bits})${b})`;
const plain =
  (operator: string): Operator =>
  (a, b) =>
    `(${a} ${operator} ${b})`;
const call =
  (name: string): Operator =>
  (...operands) =>
    `${name}(${operands.join(', ')})`;
const isNumber = (text: string) => /^\d+u(ll)?$/.test(text);
/** Wasm takes the count of a shift modulo the number of bits. */
const count = (text: string, bits: 32 | 64) =>
  isNumber(text) ? `${BigInt(text.replace(/u.*/, '')) % BigInt(bits)}` : `(${text} & ${bits - 1}u)`;
const shift =
  (operator: string, bits: 32 | 64): Operator =>
  (a, b) =>
    `(${a} ${operator} ${count(b as string, bits)})`;
const arithmeticShift =
  (bits: 32 | 64): Operator =>
  (a, b) =>
    `(u${bits})((s${bits})${a} >> ${count(b as string, bits)})`;
// A comparison gives 0 or 1 as an int, which C makes what it is needed as.
const compare =
  (operator: string, type = ''): Operator =>
  (a, b) =>
    `(${type}${a} ${operator} ${type}${b})`;

/** The operators of scalar kernels with one operand, by Binaryen's numbers of them. */
const unary: ReadonlyMap<number, Operator> = new Map([
  [binaryen.EqZInt32, (a) => `(${a} == 0)`],
  [binaryen.EqZInt64, (a) => `(${a} == 0)`],
  [binaryen.ClzInt32, call('wick_clz32')],
  [binaryen.ClzInt64, call('wick_clz64')],
  [binaryen.ExtendSInt32, (a) => `(u64)(s64)(s32)${a}`],
  [binaryen.ExtendUInt32, (a) => `(u64)${a}`],
  [binaryen.WrapInt64, (a) => `(u32)${a}`],
  [binaryen.ExtendS8Int32, (a) => `(u32)(s8)${a}`],
  [binaryen.ExtendS16Int32, (a) => `(u32)(s16)${a}`],
  [binaryen.AbsFloat32, call('__builtin_fabsf')],
  [binaryen.ConvertSInt32ToFloat32, (a) => `(f32)(s32)${a}`],
  // Kernels convert only what they have compared to be far inside int32.
  [binaryen.TruncSFloat32ToInt32, (a) => `(u32)(s32)${a}`],
  [binaryen.ReinterpretInt32, call('wick_float_of')],
]);

/** Those with two, which are numbered apart. */
const binary: ReadonlyMap<number, Operator> = new Map([
  [binaryen.AddInt32, plain('+')],
  [binaryen.SubInt32, plain('-')],
  [binaryen.MulInt32, plain('*')],
  [binaryen.AndInt32, plain('&')],
  [binaryen.OrInt32, plain('|')],
  [binaryen.XorInt32, plain('^')],
  [binaryen.AddInt64, plain('+')],
  [binaryen.SubInt64, plain('-')],
  [binaryen.MulInt64, plain('*')],
  [binaryen.AndInt64, plain('&')],
  [binaryen.OrInt64, plain('|')],
  [binaryen.XorInt64, plain('^')],
  // The divisors of kernels are constants of the model, checked when it was compiled, and never 0 or -1.
  [binaryen.DivSInt32, signed(32, '/')],
  [binaryen.RemSInt32, signed(32, '%')],
  [binaryen.DivUInt32, plain('/')],
  [binaryen.RemUInt32, plain('%')],
  [binaryen.DivSInt64, signed(64, '/')],
  [binaryen.RemSInt64, signed(64, '%')],
  [binaryen.DivUInt64, plain('/')],
  [binaryen.RemUInt64, plain('%')],
  [binaryen.ShlInt32, shift('<<', 32)],
  [binaryen.ShrUInt32, shift('>>', 32)],
  [binaryen.ShrSInt32, arithmeticShift(32)],
  [binaryen.ShlInt64, shift('<<', 64)],
  [binaryen.ShrUInt64, shift('>>', 64)],
  [binaryen.ShrSInt64, arithmeticShift(64)],
  [binaryen.RotRInt32, call('wick_rotate_right')],
  [binaryen.EqInt32, compare('==')],
  [binaryen.NeInt32, compare('!=')],
  [binaryen.LtSInt32, compare('<', '(s32)')],
  [binaryen.LeSInt32, compare('<=', '(s32)')],
  [binaryen.GtSInt32, compare('>', '(s32)')],
  [binaryen.GeSInt32, compare('>=', '(s32)')],
  [binaryen.LtUInt32, compare('<')],
  [binaryen.LeUInt32, compare('<=')],
  [binaryen.GtUInt32, compare('>')],
  [binaryen.GeUInt32, compare('>=')],
  [binaryen.EqInt64, compare('==')],
  [binaryen.NeInt64, compare('!=')],
  [binaryen.LtSInt64, compare('<', '(s64)')],
  [binaryen.LeSInt64, compare('<=', '(s64)')],
  [binaryen.GtSInt64, compare('>', '(s64)')],
  [binaryen.GeSInt64, compare('>=', '(s64)')],
  [binaryen.LtUInt64, compare('<')],
  [binaryen.LeUInt64, compare('<=')],
  [binaryen.GtUInt64, compare('>')],
  [binaryen.GeUInt64, compare('>=')],
  [binaryen.AddFloat32, plain('+')],
  [binaryen.SubFloat32, plain('-')],
  [binaryen.MulFloat32, plain('*')],
  [binaryen.DivFloat32, plain('/')],
  [binaryen.LtFloat32, compare('<')],
  [binaryen.LeFloat32, compare('<=')],
  [binaryen.GtFloat32, compare('>')],
  [binaryen.GeFloat32, compare('>=')],
  [binaryen.EqFloat32, compare('==')],
  [binaryen.NeFloat32, compare('!=')],
  [binaryen.CopySignFloat32, call('__builtin_copysignf')],
]);

/** C for an operator of Binaryen's. Throws where no scalar kernel has it. */
export function applyOperator(operator: number, operands: readonly string[]): string {
  const apply = (operands.length === 1 ? unary : binary).get(operator);
  if (apply === undefined) throw new Error(`no kernel is known to have operator ${operator}`);
  return apply(...operands);
}
