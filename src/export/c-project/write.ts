import { join } from 'node:path';
import { identifier } from '../../compile/header.ts';
import type { Graph } from '../../graph/types.ts';
import { manifest } from '../../manifest.ts';
import { type NativeOptions, translateModel } from '../../native/model.ts';
import { type FileContents, writeFolders } from '../../write-files.ts';
import { renderExample } from './example.ts';
import { renderReadme } from './readme.ts';
import {
  type ProjectFacts,
  renderArduino,
  renderCmake,
  renderPlatformIo,
  renderZephyrCmake,
  renderZephyrKconfig,
  renderZephyrModule,
} from './templates.ts';

/**
 * Writes an int8 graph as a folder of C that needs nothing else: for CMake, PlatformIO, Arduino and Zephyr. Returns the paths of
 * its files.
 *
 * @throws WickError where the graph is not quantized, or the system refuses
 */
export async function writeCProject(
  graph: Graph,
  out: string,
  options: NativeOptions = {},
): Promise<readonly string[]> {
  const model = translateModel(graph, options);
  const facts: ProjectFacts = {
    model,
    identifier: identifier(graph.name),
    version: manifest.version,
  };
  const folders = new Map<string, FileContents>([
    [join(out, 'src'), model.files],
    [join(out, 'examples', 'label'), new Map([['main.c', renderExample(model)]])],
    [
      join(out, 'zephyr'),
      new Map([
        ['module.yml', renderZephyrModule(facts)],
        ['Kconfig', renderZephyrKconfig(facts)],
        ['CMakeLists.txt', renderZephyrCmake(facts)],
      ]),
    ],
    [
      out,
      new Map([
        ['CMakeLists.txt', renderCmake(facts)],
        ['library.json', renderPlatformIo(facts)],
        ['library.properties', renderArduino(facts)],
        ['README.md', renderReadme(facts)],
      ]),
    ],
  ]);
  await writeFolders(folders);
  return [...folders].flatMap(([folder, files]) =>
    [...files.keys()].map((name) => join(folder, name)),
  );
}
