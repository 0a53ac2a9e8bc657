import { createReader } from './commands.ts';

/** Why a device started last (`enum board_start` of firmware/boards/board.h). */
const starts = ['power on', 'reset', 'fault', 'stack overflow'] as const;

/** What a device says of itself. */
export interface DeviceIdentity {
  readonly board: string;
  readonly engine: string;
  readonly firmwareVersion: string;
  /** What the engine checks: `none`, `block` or `access`. */
  readonly checks: string;
  readonly model: string;
  /** Of the graph and its weights, in hexadecimal. */
  readonly modelSha256: string;
  readonly abiVersion: number;
  /** How loading the model went, see {@link status}. */
  readonly loadStatus: number;
  readonly start: (typeof starts)[number] | 'unknown';
  /** The instruction that faulted before that start; 0 where none did. */
  readonly faultAddress: number;
  /** The most bytes of an input or output that one frame carries. */
  readonly chunkBytes: number;
  /** What ticks are: cycles of a clock of this frequency in Hz, or with 0 instructions (in QEMU). */
  readonly ticksHz: number;
  readonly arenaBytes: number;
  /** All memory that the model uses, arena included. */
  readonly memoryBytes: number;
  readonly weightsBytes: number;
  readonly weightsCrc32: number;
  readonly weightsSha256: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: number;
}

/**
 * Reads the answer to `identify`; `fail` says what is thrown where it ends too soon, or is none of a firmware's: in frames
 * without room nothing could be brought to it.
 */
export function readIdentity(data: Uint8Array, fail: () => Error): DeviceIdentity {
  const { u8, u16, u32, hex, text } = createReader(data, fail);
  // In the order in which they come.
  const loadStatus = u8();
  const start = starts[u8()] ?? 'unknown';
  const faultAddress = u32();
  const chunkBytes = u16();
  if (chunkBytes === 0) throw fail();
  const ticksHz = u32();
  const abiVersion = u32();
  const arenaBytes = u32();
  const memoryBytes = u32();
  const weightsBytes = u32();
  const weightsCrc32 = u32();
  const weightsSha256 = hex(32);
  const modelSha256 = hex(32);
  const [inputs, outputs, layers] = [u16(), u16(), u16()];
  const [firmwareVersion, board, engine, checks, model] = [text(), text(), text(), text(), text()];
  return {
    ...{ board, engine, firmwareVersion, checks, model, modelSha256, abiVersion, loadStatus },
    ...{ start, faultAddress, chunkBytes, ticksHz, arenaBytes, memoryBytes },
    ...{ weightsBytes, weightsCrc32, weightsSha256, inputs, outputs, layers },
  };
}
