import { hasTool, missingTools, type ToolName } from '../../../src/firmware/tools.ts';
import type { Checks } from '../../../src/native/kernels.ts';
import type { Optimize } from '../../../src/ops/op.ts';
import type { LayerInstance } from './instance.ts';
import type { LayerBench } from './layer-firmware.ts';
import { linkKernel } from './wick.ts';

/** A figure of the scalar kernels on an emulated Cortex-M4, or a size. */
export interface Figure {
  readonly engine: string;
  readonly value: number;
  readonly unit: 'instructions/MAC' | 'instructions/elem' | 'bytes';
}

/** An engine with the weights packed for speed has a plain name; for size, ` (size)` behind it. */
const suffix = { speed: '', size: ' (size)' } as const;

const checksOf: Record<string, Checks> = {
  m4: 'none',
  'm4-checked': 'block',
  'm4-access': 'access',
};

/** The names of the engines: unchecked, one check a base address and block, every access checked. */
export const m4Names: readonly string[] = Object.keys(checksOf);

/** Why the engines cannot be measured here, or undefined where they can. */
export function m4Problem(): string | undefined {
  const needed: readonly ToolName[] = ['arm-none-eabi-gcc', 'cmake', 'ninja', 'qemu-system-arm'];
  const missing = needed.filter((name) => !hasTool(name));
  return missing.length === 0 ? undefined : missingTools('the Cortex-M4', missing).message;
}

/** Instructions and bytes of a layer in each layout of the weights that it has. */
export async function measureM4(
  bench: LayerBench,
  instance: LayerInstance,
  names: readonly string[],
): Promise<readonly Figure[]> {
  const calls = (['speed', 'size'] as const).map((optimize: Optimize) => ({
    optimize,
    call: instance.lower('scalar', optimize),
  }));
  const isSame = calls[0]?.call.kernel === calls[1]?.call.kernel;
  const all: Figure[] = [];
  for (const { optimize, call } of isSame ? calls.slice(0, 1) : calls) {
    const per = (instructions: number) =>
      Number((instructions / instance.work.count).toPrecision(4));
    const bytes = (engine: string, value: number) =>
      ({ engine: `${engine}${suffix[optimize]}`, value, unit: 'bytes' }) as const;
    const codeBytes: number[] = [];
    for (const name of names) {
      const { context, inputs, expected } = instance;
      const run = { context, inputs, expected, optimize, checks: checksOf[name] ?? 'none' };
      const measured = await bench.measure(run);
      codeBytes.push(measured.codeBytes);
      all.push({
        engine: `${name}${suffix[optimize]}`,
        value: per(measured.instructions),
        unit: `instructions/${instance.work.unit}`,
      });
    }
    all.push(
      ...codeBytes.slice(0, 1).map((value) => bytes('thumb code', value)),
      bytes('wasm code', linkKernel(instance, 'scalar', optimize).codeBytes),
      bytes('weights', call.weights.length),
    );
  }
  return all;
}
