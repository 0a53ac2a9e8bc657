import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifact } from '../../src/build-folder.ts';
import { readBoard } from '../../src/firmware/boards.ts';
import { firmwareFolder } from '../../src/firmware/build.ts';
import { runCmake } from '../../src/firmware/cmake.ts';
import { loadGraph, saveGraph } from '../../src/graph/files.ts';
import { importTflite } from '../../src/import/tflite/import.ts';
import { modelSha256 } from '../../src/native/identity.ts';
import { application, factsHeader, fakeEnginePath, type ModelFacts } from './fake-firmware.ts';
import { int8, oneOperator, tfliteFile } from './tflite.ts';

/** The zero point of the model's input and output. */
const zeroPoint = -20;

/**
 * Writes a build folder of the model that the engine `relu` has, for images of 8x8 pixels, or of another side; returns what
 * that engine is to be told. `label` tells one such model from another.
 */
export async function writeReluBuild(folder: string, label: string, side = 8): Promise<ModelFacts> {
  const tensor = int8([1, side, side, 1], 1 / 128, zeroPoint);
  const fixture = oneOperator(
    { op: 'RELU', inputs: ['x'], outputs: [label] },
    { x: tensor, [label]: tensor },
  );
  await mkdir(folder, { recursive: true });
  const { graph } = importTflite(tfliteFile(fixture), 'relu', 'relu.tflite');
  await saveGraph(graph, artifact(folder, 'int8Graph'));
  const sha256 = modelSha256(await loadGraph(artifact(folder, 'int8Graph')));
  const constants = { PORT_BYTES: side * side, ZERO_POINT: zeroPoint };
  return { name: 'relu', sha256, weights: Uint8Array.of(1, 2, 3, 4), constants };
}

/** Builds the firmware of a board with the engine `relu`, where `wick device --emulate` looks for it. */
export async function buildReluFirmware(
  folder: string,
  boardName: string,
  facts: ModelFacts,
): Promise<void> {
  const sources = join(folder, `sources-${boardName}`);
  await mkdir(sources);
  for (const file of await readdir(application)) {
    await copyFile(join(application, file), join(sources, file));
  }
  await copyFile(fakeEnginePath('relu'), join(sources, 'engine.c'));
  await writeFile(join(sources, 'facts.h'), factsHeader(facts));
  const { elf } = await runCmake({
    board: readBoard(boardName),
    directory: join(folder, `cmake-${boardName}`),
    application: sources,
    version: '1.2.3',
    name: facts.name,
  });
  const target = firmwareFolder(folder, boardName);
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'firmware.elf'), elf);
}
