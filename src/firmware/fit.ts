import { WickError } from '../errors.ts';
import { formatBytes } from '../report/format.ts';
import { type Board, readBoards } from './boards.ts';
import type { ModelOptions, WrittenModel } from './engines.ts';

/**
 * What no firmware goes below, beside the model's weights and memory: the application, the board and the smallest model's
 * code in flash; the ring of received bytes and the protocol's buffer in RAM.
 */
const least = { code: 4 * 1024, variables: 1024 } as const;

/** What is thrown where a model, or its firmware, does not fit a board. */
export class MisfitError extends WickError {}

interface Need {
  readonly name: string;
  readonly bytes: number;
}

type Figures = Pick<WrittenModel, 'arenaBytes' | 'memoryBytes' | 'weightsBytes'>;

function needsOf(model: Figures, board: Board) {
  const rest = model.memoryBytes - model.arenaBytes;
  return {
    flash: [
      { name: 'weights', bytes: model.weightsBytes },
      { name: 'code (at least)', bytes: least.code },
    ],
    ram: [
      { name: 'arena', bytes: model.arenaBytes },
      ...(rest > 0 ? [{ name: 'state', bytes: rest }] : []),
      { name: 'stack', bytes: board.stackBytes },
      { name: 'variables (at least)', bytes: least.variables },
    ],
  };
}

const sum = (needs: readonly Need[]) => needs.reduce((total, { bytes }) => total + bytes, 0);

function fits(model: Figures, board: Board): boolean {
  const { flash, ram } = needsOf(model, board);
  return sum(flash) <= board.flashBytes && sum(ram) <= board.ramBytes;
}

/**
 * Checks, before anything is compiled, whether a model can fit a board.
 *
 * @throws MisfitError with the figures, what takes the most, and the boards that have room, where it cannot
 */
export function checkFit(
  name: string,
  model: Figures,
  board: Board,
  { optimize }: Pick<ModelOptions, 'optimize'>,
): void {
  const needs = needsOf(model, board);
  const limits = { flash: board.flashBytes, ram: board.ramBytes };
  for (const memory of ['flash', 'ram'] as const) {
    const total = sum(needs[memory]);
    if (total <= limits[memory]) continue;
    const largest = [...needs[memory]].sort((a, b) => b.bytes - a.bytes);
    const figures = largest.map((need) => `${need.name} ${formatBytes(need.bytes)}`).join(', ');
    const smaller = memory === 'flash' && optimize === 'speed' ? "'--optimize size', or " : '';
    throw new MisfitError({
      what: `model does not fit the ${memory === 'ram' ? 'RAM' : 'flash'} of ${board.name}`,
      where: name,
      expected: `at most ${formatBytes(limits[memory])} (${board.mcu})`,
      received: `at least ${formatBytes(total)}: ${figures}`,
      hint: `the most is for ${largest[0]?.name}; use ${smaller}${otherBoards(model, board)}`,
    });
  }
}

function otherBoards(model: Figures, board: Board): string {
  const others = readBoards().filter((other) => other.name !== board.name && fits(model, other));
  if (others.length === 0) return 'a smaller model: no board has room for it';
  return `a board with more: ${others.map(({ name }) => name).join(', ')}`;
}

/**
 * The error for what the linker said of a memory that is too small; undefined where it said something else.
 */
export function overflowOf(name: string, linker: string, board: Board): WickError | undefined {
  const limits = { flash: board.flashBytes, ram: board.ramBytes };
  for (const memory of ['flash', 'ram'] as const) {
    const match = new RegExp(`region \`${memory}' overflowed by (\\d+) bytes`).exec(linker);
    if (match === null) continue;
    return new MisfitError({
      what: `firmware does not fit the ${memory === 'ram' ? 'RAM' : 'flash'} of ${board.name}`,
      where: name,
      expected: `at most ${formatBytes(limits[memory])} (${board.mcu})`,
      received: formatBytes(limits[memory] + Number(match[1])),
      hint: 'use a smaller model or a board with more',
    });
  }
  return undefined;
}
