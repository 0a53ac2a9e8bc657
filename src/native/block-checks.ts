// Bounds checks for the C of a function: one for each base address and stretch of statements that all run or none.

/** A load or store in a line of C. */
interface Access {
  readonly line: number;
  readonly region: 'MEMORY' | 'WEIGHTS';
  /** The base as it stands there. */
  readonly base: string;
  /** The number of the value from which the base is `distance` away. */
  readonly value: string;
  readonly distance: number;
  /** Bytes from the base to the end of the access. */
  readonly end: number;
  /** Of what is read or written. */
  readonly bytes: number;
  /** Of what the address must be a multiple. */
  readonly alignment: number;
}

/** A value, as a distance from another one; the same name stands for the same value. */
interface Value {
  readonly name: string;
  readonly distance: number;
}

/** Where a value can first be had, and as which variable. */
interface Origin {
  readonly line: number;
  readonly variable: string;
}

const variable = /\b[lptijr]\d+\b/g;
const startOfAccess =
  /\bwick_(?:(u32|u64|f32)_(?:load|store)|weight_load)(\d*)(?:_[su])?(_unaligned)?\(/g;
const assignment = /^(\w+) = (.*);$/;
/** The name of the value 0, from which constants are a distance away. */
const zero = 'zero';

/** Whether what comes behind a line may be reached without it, or not be reached after it. */
function endsBlock(line: string): boolean {
  return /^(?:if \(|goto |return|\})/.test(line) || line.endsWith(':;');
}

/** The arguments of a call whose parenthesis opens before `start`. */
function argumentsFrom(line: string, start: number): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  for (let at = start, from = start; at < line.length; at++) {
    const character = line[at];
    if (character === '(') depth++;
    if (depth === 0 && (character === ',' || character === ')')) {
      found.push(line.slice(from, at).trim());
      from = at + 1;
      if (character === ')') return found;
    }
    if (character === ')') depth--;
  }
  throw new Error(`a parenthesis is not closed in '${line}'`);
}

/** The operands of `(left operator right)`. */
function partsOf(
  expression: string,
): { readonly left: string; readonly operator: string; readonly right: string } | undefined {
  if (!expression.startsWith('(') || !expression.endsWith(')')) return undefined;
  let depth = 0;
  for (let at = 1; at < expression.length - 1; at++) {
    if (expression[at] === '(') depth++;
    if (expression[at] === ')') depth--;
    // Outside of the first pair of parentheses: another expression follows it.
    if (depth < 0) return undefined;
    if (depth > 0 || expression[at] !== ' ') continue;
    const end = expression.indexOf(' ', at + 1);
    return {
      left: expression.slice(1, at),
      operator: expression.slice(at + 1, end),
      right: expression.slice(end + 1, -1),
    };
  }
  return undefined;
}

/** Gives values names, in a block of statements. */
function createNumbering() {
  const values = new Map<string, Value>();
  const origins = new Map<string, Origin>();
  const names = new Map<string, string>();
  let count = 0;
  const fresh = () => `v${count++}`;
  const numberOf = (name: string): Value => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = { name: fresh(), distance: 0 };
    values.set(name, value);
    // It was given its value before the block.
    origins.set(value.name, { line: 0, variable: name });
    return value;
  };
  const evaluate = (expression: string): Value => {
    if (/^[lptijr]\d+$/.test(expression)) return numberOf(expression);
    if (/^\d+u$/.test(expression)) return { name: zero, distance: Number.parseInt(expression, 10) };
    const parts = partsOf(expression);
    if (parts !== undefined) {
      const [a, b] = [evaluate(parts.left), evaluate(parts.right)];
      const constants = a.name === zero && b.name === zero;
      if (constants && parts.operator === '*') {
        return { name: zero, distance: a.distance * b.distance };
      }
      if (parts.operator === '+' && b.name === zero) {
        return { name: a.name, distance: a.distance + b.distance };
      }
      if (parts.operator === '+' && a.name === zero) {
        return { name: b.name, distance: a.distance + b.distance };
      }
    }
    // What is read from memory may be another value next time, and what is called may give one.
    if (/\w\(/.test(expression)) return { name: fresh(), distance: 0 };
    const canonical = expression.replace(variable, (name) => {
      const value = numberOf(name);
      return `${value.name}+${value.distance}`;
    });
    const name = names.get(canonical) ?? fresh();
    names.set(canonical, name);
    return { name, distance: 0 };
  };
  return {
    evaluate,
    /** `name = expression;` is the statement before `line`. */
    assign: (name: string, expression: string, line: number) => {
      const value = evaluate(expression);
      values.set(name, value);
      if (value.distance === 0 && value.name !== zero && !origins.has(value.name)) {
        origins.set(value.name, { line, variable: name });
      }
    },
    originOf: (value: string) => origins.get(value),
  };
}

/** The accesses of a block, and where the values are known that their bases are made of. */
function accessesIn(block: readonly string[]) {
  const numbering = createNumbering();
  const accesses = block.flatMap((line, index) => {
    const found = [...line.matchAll(startOfAccess)].map((match): Access => {
      const [text, type, bits, unaligned] = match;
      const [base, offset] = argumentsFrom(line, match.index + text.length) as [string, string];
      const bytes = bits === '' ? (type === 'u64' ? 8 : 4) : Number(bits) / 8;
      const { name: value, distance } = numbering.evaluate(base);
      const end = Number.parseInt(offset, 10) + bytes;
      const region = type === undefined ? 'WEIGHTS' : 'MEMORY';
      const alignment = unaligned === undefined ? bytes : 1;
      return { line: index, region, base, value, distance, end, bytes, alignment };
    });
    const [, name, expression] = assignment.exec(line) ?? [];
    if (name !== undefined && expression !== undefined) {
      numbering.assign(name, expression, index + 1);
    }
    return found;
  });
  return { accesses, originOf: numbering.originOf };
}

/** How far behind a multiple of its alignment the value must be at which an access starts, 0 where it needs none. */
const phaseOf = ({ distance, end, bytes, alignment }: Access): number =>
  (distance + end - bytes) % alignment;

/** The checks that the accesses by one value, had as `variable`, are aligned. */
function alignmentChecks(variable: string, accesses: readonly Access[]): readonly string[] {
  const needed = accesses.filter(
    (access) =>
      access.alignment > 1 &&
      // Another one says as much and more.
      !accesses.some(
        (other) =>
          other.alignment > access.alignment &&
          phaseOf(other) % access.alignment === phaseOf(access),
      ),
  );
  return needed.map((access) => {
    const phase = phaseOf(access);
    const address = phase === 0 ? variable : `(${variable} + ${phase}u)`;
    return `WICK_CHECK_ALIGNED(${address}, ${access.alignment}u);`;
  });
}

function checkBlock(block: readonly string[], checksAlignment: boolean): readonly string[] {
  const { accesses, originOf } = accessesIn(block);
  const checks = new Map<number, Set<string>>();
  const add = (line: number, check: string) => {
    checks.set(line, (checks.get(line) ?? new Set()).add(check));
  };
  for (const access of accesses) {
    const { line, region, base, value, distance, end } = access;
    const origin = originOf(value);
    if (origin === undefined) {
      add(line, `WICK_CHECK_${region}(${base}, ${end}u);`);
      const atBase = { ...access, distance: 0 };
      if (checksAlignment) for (const check of alignmentChecks(base, [atBase])) add(line, check);
      continue;
    }
    // All that the block reads and writes at this value is checked at once. Such checks stand together, so that what is read is
    // not torn from what it is multiplied by: gcc would not make one instruction of both.
    const same = accesses.filter((other) => other.region === region && other.value === value);
    const from = same.reduce((least, other) => Math.min(least, other.distance), distance);
    const to = same.reduce((most, other) => Math.max(most, other.distance + other.end), 0);
    const start = from === 0 ? origin.variable : `(${origin.variable} + ${from}u)`;
    add(origin.line, `WICK_CHECK_${region}(${start}, ${to - from}u);`);
    if (checksAlignment) {
      for (const check of alignmentChecks(origin.variable, same)) add(origin.line, check);
    }
  }
  return block.flatMap((line, index) => [...(checks.get(index) ?? []), line]);
}

/**
 * The statements with a bounds check before the first access of each block by a base address, for all that the block reads
 * and writes behind it. So a trap may come earlier than in the module, but never after a store that should not have
 * happened.
 *
 * @param checksAlignment whether addresses may be any numbers, so that their alignment is checked as well
 */
export function addBlockChecks(
  lines: readonly string[],
  checksAlignment = false,
): readonly string[] {
  const checked: string[] = [];
  let block: string[] = [];
  for (const line of lines) {
    block.push(line);
    if (!endsBlock(line)) continue;
    checked.push(...checkBlock(block, checksAlignment));
    block = [];
  }
  return [...checked, ...checkBlock(block, checksAlignment)];
}
