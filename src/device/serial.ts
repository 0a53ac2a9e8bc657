import { messageOf, WickError } from '../errors.ts';
import { bitsPerByte } from './client.ts';
import type { Transport } from './transport.ts';

/** The package, which is only needed where there is a board. */
async function loadSerialPort(): Promise<typeof import('serialport')> {
  try {
    return await import('serialport');
  } catch (error) {
    throw new WickError({
      what: "serial ports need the package 'serialport', which cannot be loaded",
      received: messageOf(error).split('\n')[0] ?? '',
      hint: 'npm install serialport',
    });
  }
}

/** Opens a serial port: 8 data bits, no parity, one stop bit. Throws a WickError that says which ports there are. */
export async function openSerial(path: string, baud: number): Promise<Transport> {
  const { SerialPort } = await loadSerialPort();
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error === null ? resolve() : reject(error)));
  }).catch(async (error: unknown) => {
    throw new WickError({
      what: 'serial port cannot be opened',
      where: path,
      received: messageOf(error).replace(/^Error: /, ''),
      hint: hintFor(messageOf(error), await SerialPort.list().catch(() => [])),
    });
  });
  let isOpen = true;
  return {
    where: path,
    bytesPerSecond: baud / bitsPerByte,
    patience: 5000,
    silenceHint: `check that the board runs wick's firmware, at ${baud} baud (--baud), and reset it`,
    listen({ onData, onClose }) {
      const broken = (received: string) => {
        if (!isOpen) return;
        isOpen = false;
        onClose(
          new WickError({
            what: 'serial port was closed',
            where: path,
            received,
            hint: 'check the cable',
          }),
        );
      };
      port.on('data', onData);
      port.on('error', (error) => broken(messageOf(error)));
      port.on('close', () => broken('a device that was unplugged'));
    },
    write(bytes) {
      port.write(Buffer.from(bytes));
    },
    async close() {
      isOpen = false;
      if (!port.isOpen) return;
      await new Promise<void>((resolve) => {
        port.close(() => resolve());
      });
    },
  };
}

function hintFor(
  message: string,
  ports: readonly { readonly path: string; readonly manufacturer?: string | undefined }[],
): string {
  if (/permission denied|EACCES/i.test(message)) {
    return 'on Linux, ports are open to the group dialout: sudo usermod -a -G dialout $USER, then log in again';
  }
  const names = ports.map(({ path, manufacturer }) =>
    manufacturer === undefined ? path : `${path} (${manufacturer})`,
  );
  return names.length === 0
    ? 'the system has no serial port: connect the board'
    : `the system has ${names.join(', ')}`;
}
