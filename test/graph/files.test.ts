import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { loadGraph, saveGraph } from '../../src/graph/files.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wick-files-'));
  path = join(directory, 'net.wick.json');
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const tensors: Tensor[] = [
  { name: 'x', shape: [1, 2], dtype: 'float32' },
  { name: 'w', shape: [1, 2], dtype: 'float32', data: Float32Array.of(0.1, -0) },
  { name: 'y', shape: [1, 1], dtype: 'float32' },
];
const graph: Graph = {
  name: 'net',
  inputs: ['x'],
  outputs: ['y'],
  tensors: new Map(tensors.map((each) => [each.name, each])),
  nodes: [
    {
      name: 'fc',
      op: 'dense',
      inputs: ['x', 'w'],
      outputs: ['y'],
      attributes: { activation: 'none' },
    },
  ],
};

describe('saveGraph', () => {
  it('writes X.wick.json and X.safetensors, into a new directory too', async () => {
    await saveGraph(graph, join(directory, 'new', 'net.wick.json'));
    expect((await readdir(join(directory, 'new'))).sort()).toEqual([
      'net.safetensors',
      'net.wick.json',
    ]);
  });

  it('writes JSON with a line for each tensor and node', async () => {
    await saveGraph(graph, path);
    expect(await readFile(path, 'utf8')).toBe(`{
  "format": "wick-graph",
  "version": 1,
  "name": "net",
  "inputs": ["x"],
  "outputs": ["y"],
  "tensors": [
    {"name":"x","shape":[1,2],"dtype":"float32"},
    {"name":"w","shape":[1,2],"dtype":"float32","constant":true},
    {"name":"y","shape":[1,1],"dtype":"float32"}
  ],
  "nodes": [
    {"name":"fc","op":"dense","inputs":["x","w"],"outputs":["y"],"attributes":{"activation":"none"}}
  ]
}
`);
  });

  it.each(['net.json', 'net.tflite', '.wick.json'])('refuses the name %s', async (name) => {
    await expect(saveGraph(graph, join(directory, name))).rejects.toThrow(
      `${join(directory, name)}: not the name of a graph's file: expected a name that ends in .wick.json`,
    );
    await expect(loadGraph(join(directory, name))).rejects.toThrow(WickError);
  });

  it('writes nothing where the graph is not sound', async () => {
    await expect(saveGraph({ ...graph, outputs: ['z'] }, path)).rejects.toThrow(WickError);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('loadGraph', () => {
  it('gives back exactly what saveGraph was given', async () => {
    await saveGraph(graph, path);
    expect(await loadGraph(path)).toStrictEqual(graph);
  });

  it('names the file that is missing', async () => {
    await expect(loadGraph(path)).rejects.toThrow(`${path}: no such file or directory`);
    await saveGraph(graph, path);
    const weights = join(directory, 'net.safetensors');
    await rm(weights);
    await expect(loadGraph(path)).rejects.toThrow(`${weights}: no such file or directory`);
    await mkdir(weights);
    await expect(loadGraph(path)).rejects.toThrow(`${weights}: cannot read: EISDIR`);
  });

  it('names the file that is corrupted', async () => {
    await saveGraph(graph, path);
    const weights = join(directory, 'net.safetensors');
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, -1));
    await expect(loadGraph(path)).rejects.toThrow(
      `${weights}: corrupted or unsupported safetensors: truncated data`,
    );
    await writeFile(path, '{"format": ');
    await expect(loadGraph(path)).rejects.toThrow(
      `${path}: file is corrupted: expected JSON, received `,
    );
    await writeFile(path, Uint8Array.of(0x22, 0xff, 0x22));
    await expect(loadGraph(path)).rejects.toThrow(
      `${path}: file is corrupted: expected JSON, received `,
    );
  });
});
