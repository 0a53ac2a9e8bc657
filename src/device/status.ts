import { type Problem, WickError } from '../errors.ts';

/** How a device says that a request went, see docs/protocol.md (`enum wick_status` of firmware/engine/engine.h). */
export const status = {
  ok: 0,
  badRequest: 1,
  badArgument: 2,
  badAbi: 3,
  badWeights: 4,
  trap: 5,
  noMemory: 6,
  unsupported: 7,
  outOfOrder: 8,
} as const;

const otherFirmware =
  "its firmware is of another version: build it again with 'wick firmware build'";

const problems: Readonly<Record<number, Omit<Problem, 'where'>>> = {
  [status.badRequest]: { what: 'device does not know the request', hint: otherFirmware },
  [status.badArgument]: {
    what: 'device has no such input, output or layer, or it is smaller',
    hint: otherFirmware,
  },
  [status.badAbi]: {
    what: 'the model on the device was made for another ABI version',
    hint: otherFirmware,
  },
  [status.badWeights]: {
    what: 'the weights on the device are corrupted',
    hint: 'flash the firmware again',
  },
  [status.trap]: {
    what: 'the model trapped on the device, which has loaded it again',
    hint: 'this is a bug in wick: please report it with the model',
  },
  [status.noMemory]: {
    what: 'the model needs more memory than the device has for it',
    hint: 'build the firmware for a larger board, or with another engine',
  },
  [status.unsupported]: { what: "the device's engine cannot do that" },
  [status.outOfOrder]: {
    what: 'the device has started anew, so that what it was given is lost',
    hint: 'try again',
  },
};

/** The error of a request that a device answered with a status other than ok. */
export function statusError(code: number, request: string, where: string): WickError {
  const problem = problems[code] ?? { what: `device answers status ${code}`, hint: otherFirmware };
  return new WickError({ ...problem, where: `${where}, ${request}` });
}
