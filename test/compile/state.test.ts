import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { align } from '../../src/compile/plan.ts';
import { planState } from '../../src/compile/state.ts';
import type { StateTensor } from '../../src/ops/op.ts';
import { type Layer, prepareGraph } from '../../src/ops/support/prepare.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { globalValue, moduleText } from '../support/modules.ts';
import { randomInputs, smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';

describe('planState', () => {
  const planned = (...states: StateTensor[][]) =>
    planState(states.map((state) => ({ state }) as unknown as Layer));

  it('places what layers keep one after another, each aligned', () => {
    const int8 = { dtype: 'int8', length: 17, initial: 0 } as const;
    const int16 = { dtype: 'int16', length: 9, initial: 0 } as const;
    expect(planned([int8], [], [int16, int8])).toEqual({
      stateBytes: 96,
      places: [
        [{ offset: 0, bytes: 32, word: 0 }],
        [],
        [
          { offset: 32, bytes: 32, word: 0 },
          { offset: 64, bytes: 32, word: 0 },
        ],
      ],
    });
  });

  it.each([
    ['int8', -1, -1],
    ['int8', 127, 0x7f7f7f7f],
    ['int8', -128, 0x80808080 | 0],
    ['int16', -2, 0xfffefffe | 0],
    ['int16', 258, 0x01020102],
  ] as const)('fills %s with %i', (dtype, initial, word) => {
    expect(planned([{ dtype, length: 1, initial }]).places[0]?.[0]?.word).toBe(word);
  });

  it('takes nothing where nothing is kept', () => {
    expect(planned([], [])).toEqual({ stateBytes: 0, places: [[], []] });
  });
});

describe('a stateful model', () => {
  const graph = statefulClassifier(3);
  const { wasm, simdWasm, description, header } = compile(graph);
  const modules = Object.entries({ 'model.wasm': wasm, 'model.simd.wasm': simdWasm });

  it('counts its state apart from the arena', () => {
    // 6 filters that remember 3 steps as int8, and 4 that remember 5 as int16, each rounded up to 16 bytes.
    expect(description.stateBytes).toBe(32 + 48);
    expect(description.layers.map(({ stateBytes }) => stateBytes)).toEqual([32, 48, 0]);
    expect(description.buffers.every(({ name }) => !name.includes('state'))).toBe(true);
    expect(description.arenaBytes).toBe(compile(statefulClassifier(0)).description.arenaBytes);
    expect(header).toContain('#define STATEFUL_STATE_BYTES 80\n');
  });

  it('takes memory for arena, state and weights, and no more', async () => {
    const bytes = align(description.arenaBytes) + description.stateBytes + description.weightsBytes;
    expect(globalValue(await loadModel(wasm), '__heap_base')).toBe(bytes);
  });

  it.each(modules)(
    'goes on where it was, and starts anew after reset (%s)',
    async (name, bytes) => {
      const model = await loadModel(bytes, name);
      const reference = createReference(graph);
      const inputs = Array.from({ length: 8 }, () => randomInputs(graph, createRandom(9)));
      const run = () =>
        inputs.map((input) => {
          const [output] = model.infer(input);
          expect(output).toEqual(reference(input).get('logits'));
          return output;
        });
      const first = run();
      // The input is the same each time: what differs is what the model remembers.
      expect(new Set(first.map(String)).size).toBeGreaterThan(1);
      expect(run()).not.toEqual(first);
      model.reset();
      reference.reset();
      expect(run()).toEqual(first);
    },
  );

  it.each(modules)('keeps nothing in another instance (%s)', async (name, bytes) => {
    const input = randomInputs(graph, createRandom(2));
    const [one, other] = [await loadModel(bytes, name), await loadModel(bytes, name)];
    const first = one.infer(input);
    one.infer(input);
    expect(other.infer(input)).toEqual(first);
  });

  it('runs code at its start only where a state does not start from zeros', () => {
    expect(moduleText(wasm)).toContain('(start ');
    expect(moduleText(compile(statefulClassifier(0)).wasm)).not.toContain('(start ');
  });

  it('names the state of its layers when it is prepared', () => {
    expect(prepareGraph(graph).map(({ state }) => state)).toEqual([
      [{ dtype: 'int8', length: 18, initial: 3 }],
      [{ dtype: 'int16', length: 20, initial: 0 }],
      [],
    ]);
  });
});

describe('a stateless model', () => {
  it('exports no reset and has no state', async () => {
    const { wasm, description } = compile(smallClassifier(1));
    expect(description.stateBytes).toBe(0);
    expect(description.layers.every(({ stateBytes }) => stateBytes === 0)).toBe(true);
    const model = await loadModel(wasm);
    expect(model.exports.reset).toBeUndefined();
    expect(() => model.reset()).not.toThrow();
    expect(moduleText(wasm)).not.toContain('(start ');
  });
});
