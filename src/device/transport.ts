import type { WickError } from '../errors.ts';

/** A line to a device: bytes in both directions, of which any may be lost or damaged. */
export interface Transport {
  /** The port's name, or what stands for it, for errors. */
  readonly where: string;
  /** Bytes a second that the line carries one way; undefined where that takes no time. */
  readonly bytesPerSecond?: number;
  /** How long a device may take to answer what takes it no time, in ms. */
  readonly patience: number;
  /** What to look at where nothing answers. */
  readonly silenceHint: string;
  /**
   * Says who takes what the line brings, from now on; what came before may be gone. `onClose` is called once where the line
   * breaks, not where `close` ends it.
   */
  listen(listener: TransportListener): void;
  /** Sends bytes; whether they arrive is another matter. */
  write(bytes: Uint8Array): void;
  /** Ends the line; does nothing where it has ended. */
  close(): Promise<void>;
}

/** Who takes what a line brings. */
export interface TransportListener {
  onData(bytes: Uint8Array): void;
  onClose(reason: WickError): void;
}
