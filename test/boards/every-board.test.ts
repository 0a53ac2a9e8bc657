import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBoard, readBoards } from '../../src/firmware/boards.ts';
import { buildFirmware } from '../../src/firmware/build.ts';
import { translateModel } from '../../src/native/model.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import {
  canRunFirmware,
  goldenModel,
  goldenNames,
  installFirmwareTools,
} from '../support/golden-firmware.ts';
import { referenceFolder } from '../support/reference.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();

/** Bytes of flash and RAM that a firmware takes beside the model's weights and memory, at least and at most. */
const rest = {
  flash: { least: 4 * 1024, most: 32 * 1024 },
  ram: { least: 3 * 1024, most: 8 * 1024 },
};

const title = titleWithTool('every board', canRunFirmware, installFirmwareTools);

describe.skipIf(!canRunFirmware || referenceFolder === undefined)(title, () => {
  describe.each(goldenNames)('with %s', (name) => {
    it.each(readBoards())('$name: it is built where it fits, and else refused', async (board) => {
      const { graph } = goldenModel(name);
      const { weights, memoryBytes } = translateModel(graph, { optimize: 'size' });
      const out = join(folder, `${name} ${board.name}`);
      await mkdir(out);
      const build = buildFirmware(graph, out, {
        ...{ board: readBoard(board.name), engine: 'native', checks: 'none' },
        ...{ optimize: 'size', version: 'test' },
      });
      const needs = { flash: weights.length, ram: memoryBytes };
      const has = { flash: board.flashBytes, ram: board.ramBytes };
      const memories = ['flash', 'ram'] as const;
      if (memories.every((memory) => needs[memory] + rest[memory].most <= has[memory])) {
        const built = await build;
        expect(built.flashBytes).toBeLessThanOrEqual(has.flash);
        expect(built.ramBytes + built.stackBytes).toBeLessThanOrEqual(has.ram);
        expect([...(await readFolder(out)).keys()]).toContain('firmware.elf');
        return;
      }
      // Nothing lies between: no golden model comes that close to a board.
      const short = memories.find((memory) => needs[memory] + rest[memory].least > has[memory]);
      expect(short).toBeDefined();
      await expect(build).rejects.toThrow(
        `does not fit the ${short === 'ram' ? 'RAM' : 'flash'} of ${board.name}`,
      );
      expect([...(await readFolder(out)).keys()]).toEqual([]);
    });
  });
});
