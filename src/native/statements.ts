/** The statements of a C function while they are written. */
export interface Statements {
  readonly lines: string[];
  push(line: string): void;
  /** `variable = value;` */
  assign(variable: string, value: string): void;
  /** A place to jump to; what variables hold there is not known. */
  label(name: string): void;
  /** Puts `variable = value;` before the line of that index. */
  assignAt(index: number, variable: string, value: string): void;
  /** Whether the value of an expression may be another one after the lines from `index` on than before them. */
  changesSince(index: number, expression: string): boolean;
  take(name: string): string;
  /** Whether an expression reads a variable. */
  mentions(expression: string, name: string): boolean;
  /** The expression that a variable was last given, if it would still give the same. */
  definitionOf(variable: string): string | undefined;
}

const assignment = /^(\w+) = /;
const access = /\bwick_(?:\w+_load|weight)/;
const call = /\b(?!wick_)\w+\(/;
const effect = new RegExp(`^wick_\\w+_store|${call.source}`);
const variable = /\b[lptijr]\d+\b/g;

/** No statements yet. */
export function createStatements(): Statements {
  const lines: string[] = [];
  const definitions = new Map<string, string>();
  const mentions = (expression: string, name: string) =>
    expression.match(variable)?.some((other) => other === name) ?? false;
  const forget = (name: string): void => {
    definitions.delete(name);
    for (const [other, value] of definitions) {
      if (mentions(value, name)) definitions.delete(other);
    }
  };
  return {
    lines,
    push: (line) => {
      lines.push(line);
      if (line.startsWith('}')) definitions.clear();
    },
    assign: (name, value) => {
      if (name === value) return;
      lines.push(`${name} = ${value};`);
      forget(name);
      if (!access.test(value) && !mentions(value, name)) definitions.set(name, value);
    },
    label: (name) => {
      lines.push(`${name}:;`);
      definitions.clear();
    },
    assignAt: (index, name, value) => {
      lines.splice(index, 0, `${name} = ${value};`);
    },
    changesSince: (index, expression) => {
      const used = new Set(expression.match(variable));
      const reads = access.test(expression);
      return lines.slice(index).some((line) => {
        const [, assigned] = assignment.exec(line) ?? [];
        return (assigned !== undefined && used.has(assigned)) || (reads && effect.test(line));
      });
    },
    mentions,
    take: (name) => {
      const [, value] = new RegExp(`^${name} = (.*);$`).exec(lines.at(-1) ?? '') ?? [];
      if (value === undefined || !/^[ijr]\d+$/.test(name)) return name;
      lines.pop();
      return value;
    },
    definitionOf: (name) => {
      const value = definitions.get(name);
      return value !== undefined && /^[ijr]\d+$/.test(value) ? definitions.get(value) : value;
    },
  };
}

/**
 * The statements without assignments to variables that nothing reads. The first such variables go, then those that were only
 * read for them.
 */
export function withoutUnread(lines: readonly string[]): readonly string[] {
  const reads = new Set(
    lines.flatMap((line) => line.replace(assignment, '').match(variable) ?? []),
  );
  const kept = lines.flatMap((line) => {
    const name = assignment.exec(line)?.[1];
    if (name === undefined || reads.has(name)) return [line];
    const value = line.replace(assignment, '');
    // Loads have no effect; what other functions do is wanted.
    return call.test(value) ? [value] : [];
  });
  return kept.length === lines.length ? kept : withoutUnread(kept);
}
