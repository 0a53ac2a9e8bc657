import { join } from 'node:path';
import { identifier } from '../../compile/header.ts';
import type { Graph } from '../../graph/types.ts';
import { manifest } from '../../manifest.ts';
import { type NativeOptions, translateModel } from '../../native/model.ts';
import { writeFiles } from '../../write-files.ts';
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
  const folders: readonly (readonly [string, ReadonlyMap<string, string>])[] = [
    ['src', model.files],
    ['examples/label', new Map([['main.c', renderExample(model)]])],
    [
      'zephyr',
      new Map([
        ['module.yml', renderZephyrModule(facts)],
        ['Kconfig', renderZephyrKconfig(facts)],
        ['CMakeLists.txt', renderZephyrCmake(facts)],
      ]),
    ],
    [
      '.',
      new Map([
        ['CMakeLists.txt', renderCmake(facts)],
        ['library.json', renderPlatformIo(facts)],
        ['library.properties', renderArduino(facts)],
        ['README.md', renderReadme(facts)],
      ]),
    ],
  ];
  const written: string[] = [];
  for (const [folder, files] of folders) {
    await writeFiles(join(out, folder), files);
    written.push(...[...files.keys()].map((name) => join(out, folder, name)));
  }
  return written;
}
