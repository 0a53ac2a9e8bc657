import { basename, dirname, join } from 'node:path';
import { WickError } from '../errors.ts';
import { parseJson } from '../schema.ts';
import { readBytes, writeFiles } from '../write-files.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { constantsOf, type GraphJson, graphFromJson, graphToJson } from './serialize.ts';
import type { Graph } from './types.ts';

/** How the name of a graph's file ends. */
export const graphExtension = '.wick.json';

/**
 * Reads a graph from `X.wick.json` and the `X.safetensors` beside it.
 *
 * @throws WickError that names the file which is missing, corrupted or does not fit
 */
export async function loadGraph(path: string): Promise<Graph> {
  const weightsPath = weightsPathOf(path);
  const json = parseJson(await readBytes(path), path);
  const { tensors } = readSafetensors(await readBytes(weightsPath), weightsPath);
  return graphFromJson(json, tensors, path);
}

/**
 * Writes a graph as `X.wick.json` and `X.safetensors` beside it; the directory is created where it is missing.
 * The same graph gives the same bytes, and `loadGraph` gives it back exactly.
 *
 * @throws WickError where the path ends otherwise, the graph cannot be written, or the system refuses
 */
export async function saveGraph(graph: Graph, path: string): Promise<void> {
  const weightsPath = weightsPathOf(path);
  const files = new Map<string, Uint8Array | string>([
    [basename(weightsPath), writeSafetensors(constantsOf(graph))],
    [basename(path), formatGraphJson(graphToJson(graph))],
  ]);
  await writeFiles(dirname(path), files);
}

/** The path of the weights that belong to a graph's file. Throws a WickError where the path is none of a graph's. */
export function weightsPathOf(path: string): string {
  const name = basename(path);
  if (!name.endsWith(graphExtension) || name === graphExtension) {
    throw new WickError({
      what: "not the name of a graph's file",
      where: path,
      expected: `a name that ends in ${graphExtension}`,
      received: JSON.stringify(name),
    });
  }
  return join(dirname(path), `${name.slice(0, -graphExtension.length)}.safetensors`);
}

/** A line for each key, tensor and node: long enough to be few, short enough to read and to compare. */
function formatGraphJson(json: GraphJson): string {
  const members = Object.entries(json).map(([key, value]) => {
    const listed = Array.isArray(value) && (key === 'tensors' || key === 'nodes');
    const text = listed ? formatList(value) : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

function formatList(items: readonly unknown[]): string {
  if (items.length === 0) return '[]';
  return `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
}
