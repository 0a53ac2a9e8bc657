import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const script = local('tflite_engines.py');
const peer = local('../../tools/peers/python/bin/python');

/** What installs LiteRT and TFLM. */
export const enginesInstall = 'npm run setup:peers';

/** The engines that .tflite files are held to. */
export const tfliteEngines = ['litert', 'tflm'] as const;

export type TfliteEngine = (typeof tfliteEngines)[number];

/**
 * A Python that has both engines: `WICK_PYTHON`, that of tools/peers, or the system's; undefined where none has. Under
 * `WICK_REQUIRE_ALL=1` this throws instead.
 */
export function findEngines(): string | undefined {
  const candidates = [process.env.WICK_PYTHON, peer, 'python3'];
  const reasons: string[] = [];
  for (const python of candidates) {
    if (python === undefined || (python === peer && !existsSync(peer))) continue;
    const { status, stderr } = spawnSync(python, [script, '--version'], { encoding: 'utf8' });
    if (status === 0) return python;
    reasons.push(`${python}: ${stderr?.trim().split('\n').at(-1) ?? 'not there'}`);
  }
  if (process.env.WICK_REQUIRE_ALL !== '1') return undefined;
  throw new Error(`LiteRT or TFLM is missing (${reasons.join('; ')}); run ${enginesInstall}`);
}

/** A model for the engines, and the bytes of its inputs for one inference after another. */
export interface EngineModel {
  readonly file: Uint8Array;
  readonly inputs: number;
  readonly outputs: number;
  readonly steps: readonly (readonly Uint8Array[])[];
}

/** What an engine answers: the bytes of the outputs of all inferences, or why it does not run the model. */
export interface EngineAnswer {
  readonly bytes?: Uint8Array;
  readonly error?: string;
}

/** Runs models in both engines, each in a fresh interpreter. */
export function runEngines(
  python: string,
  models: readonly EngineModel[],
): readonly Readonly<Record<TfliteEngine, EngineAnswer>>[] {
  const folder = mkdtempSync(join(tmpdir(), 'wick-tflite-'));
  const path = (name: string) => join(folder, name);
  try {
    models.forEach(({ file, steps }, i) => {
      writeFileSync(path(`${i}.tflite`), file);
      writeFileSync(path(`${i}.in`), Buffer.concat(steps.flat()));
    });
    const list = models.map(({ inputs, outputs, steps }, i) => {
      return { name: `${i}`, inputs, outputs, steps: steps.length };
    });
    writeFileSync(path('models.json'), JSON.stringify(list));
    const { status, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${python} ${script}: ${stderr}`);
    return models.map((_, i) => ({
      litert: readAnswer(path(`${i}.litert`)),
      tflm: readAnswer(path(`${i}.tflm`)),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readAnswer(path: string): EngineAnswer {
  const failed = `${path}.error`;
  if (existsSync(failed)) return { error: readFileSync(failed, 'utf8').trim() };
  return { bytes: new Uint8Array(readFileSync(path)) };
}
