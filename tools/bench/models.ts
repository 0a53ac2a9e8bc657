import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compile } from '../../src/compile/compile.ts';
import { exportTflite } from '../../src/export/tflite/export.ts';
import type { Graph } from '../../src/graph/types.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { adToycar, icResnet8, kwsDscnn, vwwMobilenet } from '../../test/support/tiny-models.ts';
import { timeCalls } from './kernels/engine.ts';

/** The models of MLPerf Tiny. Their weights are random: times do not depend on them. */
export const tinyModels: readonly (() => Graph)[] = [icResnet8, kwsDscnn, vwwMobilenet, adToycar];

/** Microseconds of an inference by the best rounds, inputs and outputs not copied. */
export interface ModelTimes {
  readonly wick: number;
  /** Undefined where LiteRT is not there. */
  readonly litert: number | undefined;
}

const script = fileURLToPath(new URL('litert.py', import.meta.url));
const roundMilliseconds = 5;

/** A model in LiteRT on one thread, in a process of its own: each call of `round` gives microseconds of an inference. */
async function openLitert(python: string, file: string) {
  const child: ChildProcessWithoutNullStreams = spawn(python, [
    script,
    file,
    `${roundMilliseconds}`,
  ]);
  let messages = '';
  child.stderr.on('data', (data: Buffer) => {
    messages += data.toString();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`LiteRT ended: ${messages.trim()}`);
    return value;
  };
  // It says when the model is loaded.
  await next();
  return {
    async round(): Promise<number> {
      child.stdin.write('\n');
      return Number(await next());
    },
    close: () => child.stdin.end(),
  };
}

/**
 * A model's v128 module beside LiteRT (with the kernels that it takes by itself), in turns: what else the machine does only
 * ever adds to a time, so the best of `rounds` counts.
 *
 * @param python a Python that has LiteRT
 */
export async function measureModel(
  graph: Graph,
  python: string | undefined,
  rounds: number,
): Promise<ModelTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'wick-bench-'));
  let litert: Awaited<ReturnType<typeof openLitert>> | undefined;
  try {
    const file = join(folder, 'model.tflite');
    writeFileSync(file, exportTflite(graph));
    const { exports } = await loadModel(compile(graph).simdWasm, graph.name);
    if (python !== undefined) litert = await openLitert(python, file);
    const times = { wick: Number.POSITIVE_INFINITY, litert: Number.POSITIVE_INFINITY };
    // V8 compiles for speed only what has run for a while.
    const warmUp = 3;
    for (let round = -warmUp; round < rounds; round++) {
      const wick = timeCalls(() => exports.infer(), roundMilliseconds);
      const other = await litert?.round();
      if (round < 0) continue;
      times.wick = Math.min(times.wick, wick);
      if (other !== undefined) times.litert = Math.min(times.litert, other);
    }
    return { wick: times.wick, litert: litert && times.litert };
  } finally {
    // It waits for more, and this process for it.
    litert?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
