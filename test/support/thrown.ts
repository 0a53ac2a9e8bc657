import { messageOf } from '../../src/errors.ts';

/** The whole message of what a function throws; undefined where it returns. */
export function thrownMessage(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return messageOf(error);
  }
  return undefined;
}
