import { describe, expect, it } from 'vitest';
import { readBoard } from '../../src/firmware/boards.ts';
import { checkFit } from '../../src/firmware/fit.ts';
import { thrownMessage } from '../support/thrown.ts';

const refusal = (
  board: string,
  model: {
    readonly arenaBytes: number;
    readonly memoryBytes?: number;
    readonly weightsBytes: number;
  },
  optimize: 'speed' | 'size' = 'size',
) =>
  thrownMessage(() =>
    checkFit('net', { memoryBytes: model.arenaBytes, ...model }, readBoard(board), { optimize }),
  );

describe('the fit of a model and a board', () => {
  it('is right where weights, code, arena, stack and variables have room', () => {
    expect(refusal('bluepill-f103', { arenaBytes: 17_000, weightsBytes: 61_440 })).toBeUndefined();
    expect(
      refusal('netduinoplus2', { arenaBytes: 100_708, weightsBytes: 700_000 }),
    ).toBeUndefined();
  });

  it('is refused for flash, naming the boards with enough and the smaller layout', () => {
    const model = { arenaBytes: 2_580, weightsBytes: 276_976 };
    expect(refusal('bluepill-f103', model)).toBe(
      'net: model does not fit the flash of bluepill-f103: expected at most 65,536 B (STM32F103C8), received at least 281,072 B: weights 276,976 B, code (at least) 4,096 B; the most is for weights; use a board with more: mps2-an385, mps2-an386, mps2-an500, netduinoplus2, nucleo-f446re, nucleo-h743zi, stm32f746g-disco',
    );
    expect(refusal('bluepill-f103', model, 'speed')).toContain(
      "; use '--optimize size', or a board with more: ",
    );
  });

  it('is refused for RAM, the largest need first', () => {
    expect(
      refusal('nucleo-g071rb', { arenaBytes: 1_000, memoryBytes: 41_000, weightsBytes: 9_000 }),
    ).toBe(
      'net: model does not fit the RAM of nucleo-g071rb: expected at most 36,864 B (STM32G071RB), received at least 44,072 B: state 40,000 B, stack 2,048 B, variables (at least) 1,024 B, arena 1,000 B; the most is for state; use a board with more: mps2-an385, mps2-an386, mps2-an500, netduinoplus2, nucleo-f446re, nucleo-h743zi, stm32f746g-disco',
    );
  });

  it('says so where no board has room', () => {
    expect(refusal('netduinoplus2', { arenaBytes: 5_000_000, weightsBytes: 9 })).toMatch(
      /; the most is for arena; use a smaller model: no board has room for it$/,
    );
  });

  it('is decided to the byte', () => {
    const ram = readBoard('bluepill-f103').ramBytes - 2_048 - 1_024;
    expect(refusal('bluepill-f103', { arenaBytes: ram, weightsBytes: 0 })).toBeUndefined();
    expect(refusal('bluepill-f103', { arenaBytes: ram + 1, weightsBytes: 0 })).toContain('RAM');
  });
});
