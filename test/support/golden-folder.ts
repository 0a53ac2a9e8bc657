import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smallModel, tfliteFile } from './tflite.ts';

/** Writes a folder of the smallest model, max(x, 0), with the input -3, 5 and this as its expected output. */
export async function writeGolden(folder: string, outputs: readonly number[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.tflite'), tfliteFile(smallModel));
  await writeFile(join(folder, 'inputs.bin'), Int8Array.of(-3, 5));
  await writeFile(join(folder, 'outputs.bin'), Int8Array.from(outputs));
  await writeFile(join(folder, 'meta.json'), '{}');
}
