import binaryen from 'binaryen';
import { applyOperator } from './operators.ts';
import {
  accessName,
  constant,
  highProduct,
  inParentheses,
  minimumOrMaximum,
  sumWith,
} from './patterns.ts';
import { countReads, splitAddress } from './reading.ts';
import { createScope, type Target } from './scope.ts';
import { createStatements } from './statements.ts';
import { createVariables } from './variables.ts';

type Reference = binaryen.ExpressionRef;

/** The body of a function as C. */
export interface Body {
  /** The variables other than parameters, and their types. */
  readonly variables: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
  /** Whether a local is never read. */
  readonly unread: (index: number) => boolean;
}

/**
 * The body of a function as C statements for firmware/engine/native/wick_runtime.h.
 *
 * @param parameters the numbers of the locals that are the C function's parameters
 * @param nameOf what a called function is called in C
 */
export function translateBody(
  info: binaryen.FunctionInfo,
  parameters: readonly number[],
  nameOf: (called: string) => string,
): Body {
  const locals = [...binaryen.expandType(info.params), ...info.vars];
  const { types: variables, local, temporary, ...named } = createVariables(locals, parameters);
  const reads = countReads(info.body);
  const scope = createScope();
  const out = createStatements();
  let depth = 0;
  const slot = (type: binaryen.Type) => named.slot(type, depth);
  const typeOf = binaryen.getExpressionType;

  /** The operands as C, which all hold at the end of the statements so far. */
  const evaluateAll = (operands: readonly Reference[]): readonly string[] => {
    const texts: string[] = [];
    const base = depth;
    operands.forEach((operand, index) => {
      const before = out.lines.length;
      depth = base + index;
      texts.push(evaluate(operand));
      // What the statements of an operand change, those before it must have read already.
      for (let earlier = 0, at = before; earlier < index; earlier++) {
        const text = texts[earlier] as string;
        if (!out.changesSince(at, text)) continue;
        texts[earlier] = temporary(typeOf(operands[earlier] as Reference));
        out.assignAt(at++, texts[earlier] as string, text);
      }
    });
    depth = base;
    return texts;
  };

  const load = (expression: Reference): string => {
    const info = binaryen.getExpressionInfo(expression) as binaryen.LoadInfo;
    const { base, offset } = splitAddress(info.ptr, info.offset);
    const [text] = evaluateAll([base]);
    return `wick_${accessName('load', info.type, info)}(${text}, ${offset}u)`;
  };

  const call = (expression: Reference): string => {
    const { target, operands } = binaryen.getExpressionInfo(expression) as binaryen.CallInfo;
    const name = nameOf(target);
    if (name.startsWith('wick_weight')) {
      // An offset that is not constant is one of a turn of a loop: the C compiler knows it.
      const [pointer, extra] = operands as [Reference, Reference];
      const { base, offset } = splitAddress(pointer, 0);
      const [text, more] = evaluateAll([base, extra]) as [string, string];
      const known = /^(\d+)u$/.exec(more)?.[1];
      if (known !== undefined) return `${name}(${text}, ${offset + Number(known)}u)`;
      return `${name}((${text} + ${more}), ${offset}u)`;
    }
    const text = `${name}(${evaluateAll(operands).join(', ')})`;
    if (typeOf(expression) === binaryen.none) return text;
    const result = slot(typeOf(expression));
    out.assign(result, text);
    return result;
  };

  const select = (expression: Reference): string => {
    const { condition, ifTrue, ifFalse } = binaryen.getExpressionInfo(
      expression,
    ) as binaryen.SelectInfo;
    const [yes, no, last] = evaluateAll([ifTrue, ifFalse, condition]) as [string, string, string];
    const when = out.take(last);
    return minimumOrMaximum(when, yes, no, out.definitionOf) ?? `(${when} ? ${yes} : ${no})`;
  };

  const choose = (expression: Reference): string => {
    const { condition, ifTrue, ifFalse } = binaryen.getExpressionInfo(
      expression,
    ) as binaryen.IfInfo;
    const [when] = evaluateAll([condition]);
    const result = slot(typeOf(expression));
    const branch = (value: Reference): void => {
      if (typeOf(value) === binaryen.unreachable) execute(value);
      else out.assign(result, evaluate(value));
    };
    out.push(`if ${inParentheses(when as string)} {`);
    branch(ifTrue);
    out.push('} else {');
    branch(ifFalse);
    out.push('}');
    return result;
  };

  /** A block with a value: that of its last child, or of a jump to its end. */
  const evaluateBlock = (expression: Reference): string => {
    const { name, children } = binaryen.getExpressionInfo(expression) as binaryen.BlockInfo;
    const last = children.at(-1) as Reference;
    const target = scope.enter(name, slot(typeOf(expression)));
    children.slice(0, -1).forEach(execute);
    const value = valueOfLast(last, target);
    scope.leave();
    if (!target.isUsed()) {
      // Where the block ends in a return, what would come next is never reached.
      return value ?? '0u';
    }
    if (value !== undefined) out.assign(target.result as string, value);
    out.label(target.label);
    return target.result as string;
  };

  const valueOfLast = (last: Reference, target: Target): string | undefined => {
    if (binaryen.getExpressionId(last) === binaryen.BreakId) {
      const { name, condition, value } = binaryen.getExpressionInfo(last) as binaryen.BreakInfo;
      if (name === target.name && condition === 0) return evaluateAll([value])[0];
    }
    if (typeOf(last) !== binaryen.unreachable) return evaluateAll([last])[0];
    execute(last);
    return undefined;
  };

  const evaluate = (expression: Reference): string => {
    const text = evaluateRaw(expression);
    if (/^\w+$/.test(text)) return text;
    const name = slot(typeOf(expression));
    out.assign(name, text);
    return name;
  };

  const evaluateRaw = (expression: Reference): string => {
    const id = binaryen.getExpressionId(expression);
    const info = binaryen.getExpressionInfo(expression);
    switch (id) {
      case binaryen.ConstId:
        return constant(info as binaryen.ConstInfo);
      case binaryen.LocalGetId:
        return local((info as binaryen.LocalGetInfo).index);
      case binaryen.LocalSetId:
        execute(expression);
        return local((info as binaryen.LocalSetInfo).index);
      case binaryen.UnaryId: {
        const { op, value } = info as binaryen.UnaryInfo;
        const factors = highProduct(expression);
        if (factors !== undefined)
          return `wick_high_product(${evaluateAll(factors).join(', ')}, 0u)`;
        return applyOperator(op, evaluateAll([value]));
      }
      case binaryen.BinaryId: {
        const { op, left, right } = info as binaryen.BinaryInfo;
        const operands = evaluateAll([left, right]);
        if (op === binaryen.AddInt32) {
          const raw = out.take(operands[1] as string);
          const sum = sumWith(op, [operands[0] as string, raw]);
          if (sum !== undefined) return sum;
          if (raw !== operands[1]) out.assign(operands[1] as string, raw);
        }
        return applyOperator(op, operands);
      }
      case binaryen.LoadId:
        return load(expression);
      case binaryen.CallId:
        return call(expression);
      case binaryen.SelectId:
        return select(expression);
      case binaryen.IfId:
        return choose(expression);
      case binaryen.BlockId:
        return evaluateBlock(expression);
      default:
        throw new Error(`no value is known of ${binaryen.emitText(expression)}`);
    }
  };

  const executeBreak = ({ name, condition, value }: binaryen.BreakInfo): void => {
    const { label, result } = scope.jumpTo(name);
    const [given, when] = [value, condition].map((part) => part !== 0);
    const texts = evaluateAll([...(given ? [value] : []), ...(when ? [condition] : [])]);
    if (given && result !== undefined) out.assign(result, texts[0] as string);
    const jump = `goto ${label};`;
    out.push(when ? `if ${inParentheses(texts.at(-1) as string)} ${jump}` : jump);
  };

  const executeIf = ({ condition, ifTrue, ifFalse }: binaryen.IfInfo): void => {
    const [when] = evaluateAll([condition]);
    out.push(`if ${inParentheses(when as string)} {`);
    execute(ifTrue);
    if (ifFalse !== 0) {
      out.push('} else {');
      execute(ifFalse);
    }
    out.push('}');
  };

  const executeSet = ({ index, value }: binaryen.LocalSetInfo, isUsed: boolean): void => {
    const text = evaluate(value);
    // What nobody reads is not kept; calls have been made by then, and loads have no effect.
    if (isUsed || (reads.get(index) ?? 0) > 0) out.assign(local(index), text);
  };

  const execute = (expression: Reference): void => {
    const info = binaryen.getExpressionInfo(expression);
    switch (binaryen.getExpressionId(expression)) {
      case binaryen.BlockId: {
        const { name, children } = info as binaryen.BlockInfo;
        const target = scope.enter(name);
        children.forEach(execute);
        scope.leave();
        if (target.isUsed()) out.label(target.label);
        return;
      }
      case binaryen.LoopId: {
        const { name, body } = info as binaryen.LoopInfo;
        const target = scope.enter(name);
        out.label(target.label);
        const at = out.lines.length - 1;
        execute(body);
        scope.leave();
        if (!target.isUsed()) out.lines.splice(at, 1);
        return;
      }
      case binaryen.IfId:
        executeIf(info as binaryen.IfInfo);
        return;
      case binaryen.BreakId:
        executeBreak(info as binaryen.BreakInfo);
        return;
      case binaryen.LocalSetId:
        executeSet(info as binaryen.LocalSetInfo, (info as binaryen.LocalSetInfo).isTee);
        return;
      case binaryen.StoreId: {
        const store = info as binaryen.StoreInfo;
        const { ptr, value, offset: start } = store;
        const { base, offset } = splitAddress(ptr, start);
        const [place, stored] = evaluateAll([base, value]);
        const name = accessName('store', typeOf(value), store);
        out.push(`wick_${name}(${place}, ${offset}u, ${stored});`);
        return;
      }
      case binaryen.CallId: {
        const text = call(expression);
        if (typeOf(expression) === binaryen.none) out.push(`${text};`);
        return;
      }
      case binaryen.DropId:
        evaluate((info as binaryen.DropInfo).value);
        return;
      case binaryen.ReturnId: {
        const { value } = info as binaryen.ReturnInfo;
        out.push(value === 0 ? 'return;' : `return ${evaluate(value)};`);
        return;
      }
      case binaryen.NopId:
        return;
      case binaryen.UnreachableId:
        out.push('wick_trap();');
        return;
      default:
        // A value that nobody wants.
        evaluate(expression);
    }
  };

  // Where it ends in a return, the body itself has no value.
  if (typeOf(info.body) === binaryen.none || typeOf(info.body) === binaryen.unreachable) {
    execute(info.body);
  } else {
    const value = evaluate(info.body);
    out.push(`return ${value};`);
  }
  return { variables, lines: out.lines, unread: (index) => (reads.get(index) ?? 0) === 0 };
}
