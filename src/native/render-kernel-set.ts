import type { KernelCall } from '../ops/op.ts';
import { isInWeights } from '../ops/support/kernel_call.ts';
import type { HostKernel, Region, Shape } from './kernel-set.ts';
import { numbersOf } from './kernels.ts';

/** The C function that runs any shape of a kernel. */
export const anyShapeName = (kernel: string): string => `${kernel}_any`;

/** A kernel's functions as modules call them, and what tells which of them takes a call. */
export function renderKernel({ name, call }: HostKernel, shapes: readonly Shape[]): string {
  const numbers = numbersOf(call).flatMap((value, index) => (value === undefined ? [] : [index]));
  const run = (own: string, known: readonly (number | undefined)[]): string => {
    const given = call.arguments.flatMap((argument, index) => {
      if (known[index] !== undefined) return [];
      return [renderArgument(call, argument, index, known)];
    });
    return `static void wick_run_${own}(const u32 *a) { ${own}(${given.join(', ')}); }`;
  };
  return [
    `static const u8 wick_numbers_${name}[] = {${[...numbers, 0].join(', ')}};`,
    run(anyShapeName(name), []),
    ...shapes.flatMap((shape) => [
      run(shape.name, shape.numbers),
      `static const u32 wick_numbers_${shape.name}[] = {${[...numbers.map((index) => `${(shape.numbers[index] as number) >>> 0}u`), '0u'].join(', ')}};`,
      `static const struct wick_region wick_regions_${shape.name}[] = {${shape.regions.map(renderRegion).join(', ')}};`,
    ]),
    `static const struct wick_shape wick_shapes_${name}[] = {`,
    ...shapes.map(
      ({ name: own }) => `    {wick_numbers_${own}, wick_regions_${own}, wick_run_${own}},`,
    ),
    ...(shapes.length === 0 ? ['    {0, 0, 0},'] : []),
    '};\n',
  ].join('\n');
}

/** The C of an argument that is a parameter. */
function renderArgument(
  call: KernelCall,
  argument: KernelCall['arguments'][number],
  index: number,
  known: readonly (number | undefined)[],
): string {
  if (typeof argument === 'number' || 'isWeights' in argument) return `a[${index}]`;
  const flag = call.arguments.findIndex(
    (other) => typeof other === 'object' && 'isWeights' in other && other.isWeights === index,
  );
  if (flag < 0) return `WICK_${isInWeights(call, index) ? 'WEIGHTS' : 'MEMORY'}(a[${index}])`;
  const given = known[flag];
  if (given === undefined) return `WICK_EITHER(a[${flag}], a[${index}])`;
  return `WICK_${given === 1 ? 'WEIGHTS' : 'MEMORY'}(a[${index}])`;
}

function renderRegion({ argument, isWeights, alignment, bytes }: Region): string {
  return `{${argument}, ${Number(isWeights)}, ${alignment}, ${bytes}u}`;
}

/** The kernel's entry in the table. */
export function renderEntry({ name, call }: HostKernel, shapes: number): string {
  const numbers = numbersOf(call).filter((value) => value !== undefined).length;
  return `{"${name}", ${call.arguments.length}, ${numbers}, wick_numbers_${name}, ${shapes}u, wick_shapes_${name}, wick_run_${anyShapeName(name)}}`;
}
