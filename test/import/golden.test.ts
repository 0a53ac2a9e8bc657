import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printGolden } from '../../tools/conformance/print.ts';
import { temporaryFolder } from '../support/folder.ts';
import { goldenFolders, goldenVariants, runGolden } from '../support/golden.ts';
import { writeGolden } from '../support/golden-folder.ts';
import { referenceFolder } from '../support/reference.ts';
import { thrownMessage } from '../support/thrown.ts';

const golden = referenceFolder === undefined ? [] : goldenFolders(`${referenceFolder}/golden`);

describe.skipIf(referenceFolder === undefined)('the models of MLPerf Tiny', () => {
  it('are there', () => {
    expect(golden.map((folder) => basename(folder))).toEqual(
      expect.arrayContaining([
        'ad_toycar',
        'hello_world',
        'ic_resnet8',
        'kws_dscnn',
        'vww_mobilenet',
      ]),
    );
  });

  it.each(golden.map((folder) => ({ model: basename(folder), folder })))(
    "$model gives TFLM's bytes, in every tensor, in the reference and every module",
    async ({ folder }) => {
      const report = await runGolden(folder);
      printGolden([report]);
      expect(report.firstDifference).toBeNull();
      expect(report.inputs).toBeGreaterThan(4);
      // Outputs of every input, and at least what each layer makes of the first one.
      expect(report.tensors).toBeGreaterThan(report.inputs);
      expect(report.variants).toEqual(
        goldenVariants.map((name) => ({ name, equal: report.inputs })),
      );
    },
  );
});

const files = await temporaryFolder();

async function folderOf(name: string, outputs: readonly number[]): Promise<string> {
  const folder = join(files, name, 'small');
  await writeGolden(folder, outputs);
  return folder;
}

describe('a folder of models', () => {
  it('needs neither tensors nor logits', async () => {
    const folder = await folderOf('right', [0, 5]);
    expect(goldenFolders(join(files, 'right'))).toEqual([folder]);
    expect(await runGolden(folder)).toEqual({
      model: 'small',
      inputs: 1,
      equal: 1,
      tensors: 1,
      variants: goldenVariants.map((name) => ({ name, equal: 1 })),
      firstDifference: null,
    });
  });

  it.each(['inputs.bin', 'outputs.bin', 'meta.json'])('needs %s', async (name) => {
    const folder = await folderOf(`without ${name}`, [0, 5]);
    await rm(join(folder, name));
    const { firstDifference } = await runGolden(folder);
    expect(firstDifference).toMatchObject({
      error: expect.stringContaining(`${join(folder, name)}: no such file or directory`),
    });
  });

  it('tells the first difference', async () => {
    const report = await runGolden(await folderOf('wrong', [0, 6]));
    expect(report).toMatchObject({ inputs: 1, equal: 0 });
    expect(report.firstDifference).toEqual({
      variant: 'reference',
      input: 0,
      tensor: 'y',
      index: 1,
      expected: 6,
      actual: 5,
    });
  });

  it('compares intermediate tensors and logits where it has them', async () => {
    const folder = await folderOf('tensors', [0, 5]);
    await writeFile(join(folder, 'x.bin'), Int8Array.of(-3, 4));
    const meta = { intermediates_of_input_0: [{ file: 'x.bin', tensor: 0 }] };
    await writeFile(join(folder, 'meta.json'), JSON.stringify(meta));
    expect((await runGolden(folder)).firstDifference).toMatchObject({ tensor: 'x', index: 1 });
  });

  it('says what is wrong with a model or its files', async () => {
    const folder = await folderOf('damaged', [0]);
    const size = await runGolden(folder);
    expect(size.firstDifference).toMatchObject({
      error: expect.stringContaining(
        'outputs.bin: file has the wrong size: expected 1 samples of 2 bytes, received 1 bytes',
      ),
    });
    const bytes = await readFile(join(folder, 'model.tflite'));
    await writeFile(join(folder, 'model.tflite'), bytes.subarray(0, 40));
    expect((await runGolden(folder)).firstDifference).toMatchObject({
      variant: 'import',
      error: expect.stringContaining('file is damaged'),
    });
  });

  it('is refused where it holds none', () => {
    const missing = join(files, 'missing');
    expect(thrownMessage(() => goldenFolders(missing))).toContain(`${missing}: cannot read models`);
    expect(thrownMessage(() => goldenFolders(join(files, 'right', 'small')))).toContain(
      'there are no models: expected <model>/model.tflite',
    );
  });
});
