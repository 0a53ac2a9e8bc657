import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteModel } from '../../src/firmware/engines.ts';
import { writeNativeModel } from '../../src/native/write.ts';
import { temporaryFolder } from '../support/folder.ts';
import { canRunFirmware, installFirmwareTools, startFirmware } from '../support/golden-firmware.ts';
import { smallClassifier } from '../support/networks.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
const graph = smallClassifier(3);
let made = 0;

/** Writes a model's C and changes a file of it. */
const changed =
  (file: string, change: (text: string) => string): WriteModel =>
  async (source, directory, options) => {
    const written = await writeNativeModel(source, directory, options);
    const path = join(directory, file);
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
    return written;
  };

const start = (writeModel: WriteModel, checks: 'none' | 'block' | 'access' = 'none') =>
  startFirmware(graph, join(folder, `${++made}`), 'netduinoplus2', { writeModel, checks });

/** The first byte of the weights, one bit of it changed. */
const flipBit = (text: string) =>
  text.replace(/(= {\s*)(\d+)/, (_, before, byte) => `${before}${Number(byte) ^ 1}`);

const title = titleWithTool('a firmware whose model', canRunFirmware, installFirmwareTools);

describe.skipIf(!canRunFirmware)(title, () => {
  it('is of another ABI refuses to run it, says why, and answers', async () => {
    const newer = changed('wick_description.c', (text) =>
      text.replace('abi_version = 1u', 'abi_version = 2u'),
    );
    const device = await start(newer);
    try {
      expect(device.identity).toMatchObject({ abiVersion: 2, loadStatus: 3 });
      await expect(device.infer()).rejects.toThrow(/ABI/);
      expect((await device.statistics()).inferences).toBe(0);
    } finally {
      await device.close();
    }
  });

  it('has a damaged weight refuses to run it; CRC-32 and SHA-256 tell', async () => {
    const device = await start(changed('wick_weights.c', flipBit));
    try {
      expect(device.identity.loadStatus).toBe(4);
      await expect(device.infer()).rejects.toThrow(/weights/);
      await expect(device.selfTest('crc32')).resolves.toMatchObject({ isSound: false });
      await expect(device.selfTest('sha256')).resolves.toMatchObject({ isSound: false });
    } finally {
      await device.close();
    }
  });

  it.each(['block', 'access'] as const)(
    'reads out of bounds traps, checks %s, and answers the next command',
    async (checks) => {
      // The last layer's input is behind the end of the memory.
      const outside = (text: string) => {
        const at = text.lastIndexOf('(WICK_MEMORY(');
        return `${text.slice(0, at)}${text.slice(at).replace(/WICK_MEMORY\(\d+u\)/, 'WICK_MEMORY(4000000u)')}`;
      };
      const device = await start(changed('wick_model.c', outside), checks);
      try {
        expect(device.identity.loadStatus).toBe(0);
        await expect(device.infer()).rejects.toThrow(/trap/);
        expect((await device.statistics()).stackUsedBytes).toBeGreaterThan(0);
        await expect(device.infer()).rejects.toThrow(/trap/);
      } finally {
        await device.close();
      }
    },
  );
});
