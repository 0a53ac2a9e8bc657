import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WickError } from '../../../src/errors.ts';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { createRandom } from '../../../src/random.ts';
import { goldenFolders } from '../../support/golden.ts';
import { mutate } from '../../support/mutations.ts';
import { referenceFolder } from '../../support/reference.ts';
import { tfliteFile } from '../../support/tflite.ts';
import {
  convolutionModel,
  floatModel,
  shapeModel,
  streamModel,
} from '../../support/tflite-models.ts';

/** `WICK_DEEP=1` (npm run test:deep) asks for many more. */
const files = process.env.WICK_DEEP === '1' ? 20_000 : 300;

const own = [convolutionModel, shapeModel, floatModel, streamModel].map((model) =>
  tfliteFile(model),
);
const golden =
  referenceFolder === undefined
    ? []
    : goldenFolders(join(referenceFolder, 'golden')).map(
        (folder) => new Uint8Array(readFileSync(join(folder, 'model.tflite'))),
      );
// The small ones have more structure a byte, so that more of what is changed matters.
const sources = [...own, ...own, ...golden];

describe('a hostile file', () => {
  it('starts as a sound one', () => {
    for (const bytes of sources) {
      expect(importTflite(bytes, 'model', 'file').graph.nodes.length).toBeGreaterThan(1);
    }
  });

  it(`is imported or refused, in less than a second and 512 MB (${files} files)`, () => {
    const before = process.resourceUsage().maxRSS;
    const outcomes = { imported: 0, refused: 0 };
    for (let index = 0; index < files; index++) {
      const random = createRandom(index);
      let bytes = mutate(sources[index % sources.length] as Uint8Array, random);
      // What is damaged twice may get past the first check.
      if (bytes.length > 8 && index % 5 === 0) bytes = mutateAgain(bytes, index);
      const start = process.cpuUsage();
      try {
        importTflite(bytes, 'model', 'file');
        outcomes.imported++;
      } catch (error) {
        if (!(error instanceof WickError)) throw new Error(`file ${index}`, { cause: error });
        outcomes.refused++;
      }
      const { user, system } = process.cpuUsage(start);
      // Microseconds of this process, so that what else the machine does is not counted.
      expect(user + system, `file ${index}`).toBeLessThan(1e6);
    }
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(512 * 1024);
    // Both happen: some changes do not matter, most do.
    expect(outcomes.imported).toBeGreaterThan(files / 50);
    expect(outcomes.refused).toBeGreaterThan(files / 4);
  });
});

/** A second mutation; one that needs a sound file may not be possible. */
function mutateAgain(bytes: Uint8Array, index: number): Uint8Array {
  try {
    return mutate(bytes, createRandom(-1 - index));
  } catch (error) {
    if (error instanceof WickError) return bytes;
    throw error;
  }
}
