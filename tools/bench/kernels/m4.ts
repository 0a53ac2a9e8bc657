import type { Checks } from '../../../src/native/kernels.ts';
import type { Optimize } from '../../../src/ops/op.ts';
import { measure, missingTools, tools } from '../../m4/measure.ts';
import type { LayerInstance } from './instance.ts';
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
  const missing = missingTools();
  if (missing.length === 0) return undefined;
  const packages = missing.map((command) => tools[command]).join(' ');
  return `${missing.join(', ')} not found: 'apt-get install ${packages}' (Debian) installs them`;
}

/** Instructions and bytes of a layer in each layout of the weights that it has. */
export function measureM4(instance: LayerInstance, names: readonly string[]): readonly Figure[] {
  const calls = (['speed', 'size'] as const).map((optimize: Optimize) => ({
    optimize,
    call: instance.lower('scalar', optimize),
  }));
  const isSame = calls[0]?.call.kernel === calls[1]?.call.kernel;
  return (isSame ? calls.slice(0, 1) : calls).flatMap(({ optimize, call }) => {
    const figures = names.map((name) => {
      const run = { call, inputs: instance.inputs, expected: instance.expected };
      return { name, ...measure(run, checksOf[name]) };
    });
    const per = (instructions: number) =>
      Number((instructions / instance.work.count).toPrecision(4));
    const bytes = (engine: string, value: number) =>
      ({ engine: `${engine}${suffix[optimize]}`, value, unit: 'bytes' }) as const;
    return [
      ...figures.map(({ name, instructions }) => ({
        engine: `${name}${suffix[optimize]}`,
        value: per(instructions),
        unit: `instructions/${instance.work.unit}` as const,
      })),
      ...figures.slice(0, 1).map(({ codeBytes }) => bytes('thumb code', codeBytes)),
      bytes('wasm code', linkKernel(instance, 'scalar', optimize).codeBytes),
      bytes('weights', call.weights.length),
    ];
  });
}
