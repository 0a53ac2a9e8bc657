/** A block or loop that can be jumped to. */
export interface Target {
  readonly name: string | null;
  readonly label: string;
  /** Where the value of a jump goes. */
  readonly result: string | undefined;
  /** Whether anything jumps there. */
  readonly isUsed: () => boolean;
}

/** The blocks and loops around a place in a function. */
export interface Scope {
  enter(name: string | null, result?: string): Target;
  leave(): void;
  /** The innermost of that name, to be jumped to. Throws where there is none. */
  jumpTo(name: string): Target;
}

/** The scope of a function's body. Labels are numbered, as inlined functions bring the same names again. */
export function createScope(): Scope {
  const targets: Target[] = [];
  const used = new Set<string>();
  let count = 0;
  return {
    enter: (name, result) => {
      const label = `L${count++}`;
      const target = { name, label, result, isUsed: () => used.has(label) };
      targets.push(target);
      return target;
    },
    leave: () => {
      targets.pop();
    },
    jumpTo: (name) => {
      const target = targets.findLast((entry) => entry.name === name);
      if (target === undefined) throw new Error(`a jump to '${name}', which is not there`);
      used.add(target.label);
      return target;
    },
  };
}
