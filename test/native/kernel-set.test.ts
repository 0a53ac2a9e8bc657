import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/compile/lay-out.ts';
import type { PlacedCall } from '../../src/compile/link.ts';
import { placeApart } from '../../src/compile/place.ts';
import { kernelSetChecks, translateKernelSet } from '../../src/native/kernel-set.ts';
import { createRandom } from '../../src/random.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { callOnHost } from '../support/kernel-host.ts';
import { randomInputs, smallClassifier } from '../support/networks.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install gcc libc6-dev (Debian)';
const present = requireTool('gcc', install);

const graph = smallClassifier(3);
const optimize = 'speed';
const laidOut = layOut(graph, { optimize });
const placed = placeApart(laidOut);
const calls = placed.calls.filter((call): call is PlacedCall => call !== null);
const [input] = randomInputs(graph, createRandom(7));
const addressOf = (name: string | undefined) =>
  laidOut.arena.tensorOffsets.get(name ?? '') as number;

/** The model's memory with its input in it. */
function memoryWithInput(): Uint8Array {
  const memory = new Uint8Array(placed.memoryBytes);
  memory.set(new Uint8Array((input as Int8Array).buffer), addressOf(graph.inputs[0]));
  return memory;
}

describe.skipIf(!present)(titleWithTool('kernels for modules', present, install), () => {
  it.each(
    kernelSetChecks.flatMap((checks) => [
      { checks, shapes: true, title: 'a function for each shape' },
      { checks, shapes: false, title: 'only functions for any shape' },
    ]),
  )("give the reference's bytes, checks $checks, with $title", ({ checks, shapes }) => {
    const set = translateKernelSet([graph], { checks, optimize, shapes });
    const { statuses, memory } = callOnHost(set, calls, memoryWithInput(), placed.weights);
    expect(statuses).toEqual(calls.map(() => 0));

    const [name] = graph.outputs as [string];
    const expected = createReference(graph)([input as Int8Array]).get(name) as Int8Array;
    const from = addressOf(name);
    expect([...new Int8Array(memory.buffer, from, expected.length)]).toEqual([...expected]);
  });

  it('say how many shapes of a kernel they have', () => {
    const shapesOf = (shapes: boolean) => [
      ...translateKernelSet([graph], { checks: 'block', optimize, shapes }).kernels.values(),
    ];
    expect(Math.min(...shapesOf(true))).toBeGreaterThan(0);
    expect(Math.max(...shapesOf(false))).toBe(0);
  });

  // No shape takes such calls, so that the kernel for any shape does, which checks.
  it.each(kernelSetChecks)('trap where an address is none of the memory, checks %s', (checks) => {
    const set = translateKernelSet([graph], { checks, optimize });
    const broken = calls.flatMap((call, layer) =>
      call.arguments.flatMap((_, index) => {
        const argument = laidOut.calls.filter((each) => each !== null)[layer]?.arguments[index];
        const isAddress =
          typeof argument === 'object' && ('input' in argument || 'weights' in argument);
        if (!isAddress) return [];
        return [0x7fff_fff0, 0xffff_fff0].map((address) => ({
          ...call,
          arguments: call.arguments.with(index, address),
        }));
      }),
    );
    expect(broken.length).toBeGreaterThan(calls.length);
    const { statuses } = callOnHost(set, broken, memoryWithInput(), placed.weights);
    expect(statuses).toEqual(broken.map(() => 5));
  });

  it('trap where integers would be read at an address that is no multiple of their bytes', () => {
    const set = translateKernelSet([graph], { checks: 'block', optimize });
    const [layer, index] = laidOut.calls
      .filter((call) => call !== null)
      .flatMap((call, at) =>
        call.arguments.flatMap((value, position) =>
          typeof value === 'object' && 'scratch' in value ? [[at, position] as const] : [],
        ),
      )[0] as readonly [number, number];
    const call = calls[layer] as PlacedCall;
    const odd = (call.arguments[index] as number) + 1;
    const broken = { ...call, arguments: call.arguments.with(index, odd) };
    const { statuses } = callOnHost(set, [broken], memoryWithInput(), placed.weights);
    expect(statuses).toEqual([5]);
  });
});
