/** What a {@link WickError} says, in the order in which it says it. */
export interface Problem {
  /** What is wrong, as a clause without a full stop. */
  readonly what: string;
  /** The file, node, flag or key at which it is wrong. */
  readonly where?: string;
  readonly expected?: string;
  readonly received?: string;
  /** What the user can do about it. */
  readonly hint?: string;
}

/** An error that is the input's fault, not wick's: the CLI prints its one line and exits with 1. */
export class WickError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(describe(problem));
    this.name = 'WickError';
    this.problem = problem;
  }
}

/** The one line of a problem: `where: what: expected E, received R; hint`. */
function describe({ what, where, expected, received, hint }: Problem): string {
  const comparison = [
    expected === undefined ? '' : `expected ${expected}`,
    received === undefined ? '' : `received ${received}`,
  ].filter((part) => part !== '');
  const statement = comparison.length > 0 ? `${what}: ${comparison.join(', ')}` : what;
  return `${where === undefined ? '' : `${where}: `}${statement}${hint === undefined ? '' : `; ${hint}`}`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
