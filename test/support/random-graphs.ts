import fc from 'fast-check';
import type { Graph } from '../../src/graph/types.ts';
import { createOpNetwork, type OpNetwork } from './op-network.ts';

/** Adds a node over some tensors made so far, or nothing where none fits; returns what it made. */
type Step = (net: OpNetwork, name: string, pick: (index: number) => string) => readonly string[];

const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

/** Ops that move bytes or work in place over them; all tensors share one quantization. */
const copies: Readonly<Record<string, Step>> = {
  relu: (net, name, pick) => [net.add('relu', name, [pick(0)])],
  again: (net, name, pick) => [net.add('quantize', name, [pick(0)])],
  maximum: (net, name, pick) =>
    same(net.shapeOf(pick(0)), net.shapeOf(pick(1)))
      ? [net.add('maximum', name, [pick(0), pick(1)])]
      : [],
  concat(net, name, pick) {
    const [a, b] = [pick(0), pick(1)];
    const fits = same(net.shapeOf(a).slice(1), net.shapeOf(b).slice(1));
    return fits ? [net.add('concat', name, [a, b], { axis: 0 })] : [];
  },
  split(net, name, pick) {
    const [rows] = net.shapeOf(pick(0)) as [number];
    if (rows < 2) return [];
    net.add('split', name, [pick(0)], { axis: 0, sizes: [1, rows - 1] });
    return [`${name}:0`, `${name}:1`];
  },
  slice(net, name, pick) {
    const [rows, columns] = net.shapeOf(pick(0)) as [number, number];
    const size = [Math.ceil(rows / 2), columns];
    const attributes = { begin: [rows - Math.ceil(rows / 2), 0], size, strides: [1, 1] };
    return [net.add('strided_slice', name, [pick(0)], attributes)];
  },
  everySecond(net, name, pick) {
    const [rows, columns] = net.shapeOf(pick(0)) as [number, number];
    const attributes = { begin: [0, 0], size: [Math.ceil(rows / 2), columns], strides: [2, 1] };
    return [net.add('strided_slice', name, [pick(0)], attributes)];
  },
  transpose(net, name, pick) {
    const [rows, columns] = net.shapeOf(pick(0)) as [number, number];
    const turned = net.add('transpose', `${name}/turned`, [pick(0)], { permutation: [1, 0] });
    return [net.add('reshape', name, [turned], { shape: [rows, columns] })];
  },
};

/** Graphs of up to ten such ops over two matrices of a few rows, with one output or several. */
export const randomCopies: fc.Arbitrary<Graph> = fc
  .record({
    columns: fc.constantFrom(1, 3, 4, 8),
    rows: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    steps: fc.array(
      fc.record({
        op: fc.constantFrom(...Object.keys(copies)),
        operands: fc.tuple(fc.nat(), fc.nat()),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    outputs: fc.array(fc.nat(), { maxLength: 2 }),
  })
  .map(({ columns, rows, steps, outputs }) => {
    const net = createOpNetwork(1);
    const made = rows.map((count, i) => net.input(`x${i}`, [count, columns]));
    const inputs = made.length;
    for (const [index, { op, operands }] of steps.entries()) {
      const step = copies[op] as Step;
      const pick = (i: number) => made[(operands[i] as number) % made.length] as string;
      made.push(...step(net, `${op}${index}`, pick));
    }
    if (made.length === inputs) made.push(net.add('relu', 'relu', [made[0] as string]));
    const nodes = made.slice(inputs);
    const others = outputs.map((index) => nodes[index % nodes.length] as string);
    return net.graph([...new Set([nodes.at(-1) as string, ...others])]);
  });
