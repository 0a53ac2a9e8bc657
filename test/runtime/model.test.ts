import binaryen from 'binaryen';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { WickError } from '../../src/errors.ts';
import { createRandom } from '../../src/random.ts';
import { type LoadedModel, loadModel, readDescription } from '../../src/runtime/model.ts';
import { bytesWithoutData, readSections } from '../../src/runtime/sections.ts';
import { smallClassifier } from '../support/networks.ts';
import { propertyRuns } from '../support/oracle.ts';

const labels = ['a', 'b', 'c', 'd', 'e'];
const { wasm, simdWasm, description } = compile(smallClassifier(3, labels));
const modules = [
  ['model.wasm', wasm],
  ['model.simd.wasm', simdWasm],
] as const;
const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const join = (...parts: (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Where a section starts and ends in a module. */
function extent(bytes: Uint8Array, id: number): readonly [number, number] {
  let start = header.length;
  for (const section of readSections(bytes, '')) {
    if (section.id === id) return [start, start + section.totalBytes];
    start += section.totalBytes;
  }
  throw new Error(`there is no section ${id}`);
}

/** The error that a promise or a function ends with; anything but a WickError fails the test. */
async function wickError(attempt: () => unknown): Promise<WickError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof WickError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A module with this text, and a section `wick` with this content. */
function craft(text: string, content: string | Uint8Array): Uint8Array {
  const module = binaryen.parseText(`(module ${text})`);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  module.addCustomSection('wick', bytes);
  const result = new Uint8Array(module.emitBinary());
  module.dispose();
  return result;
}

const memory = '(memory (export "memory") 1 1)';
const infer = '(func (export "infer") (result i32) (i32.const 0))';
const input = '(func (export "input") (param i32) (result i32) (i32.const 0))';
const output = '(func (export "output") (param i32) (result i32) (i32.const 64))';
const moduleJson = JSON.stringify(readDescription(wasm, 'model.wasm'));
const changed = (change: object) => JSON.stringify({ ...JSON.parse(moduleJson), ...change });

describe('readSections', () => {
  it('splits a module into its sections', () => {
    const bytes = join(header, [1, 2, 7, 8], [0, 4, 2, 0x68, 0x69, 9], [11, 0]);
    expect(readSections(bytes, 'x.wasm')).toEqual([
      { id: 1, content: Uint8Array.of(7, 8), totalBytes: 4 },
      { id: 0, name: 'hi', content: Uint8Array.of(9), totalBytes: 6 },
      { id: 11, content: new Uint8Array(0), totalBytes: 2 },
    ]);
    expect(bytesWithoutData(bytes, 'x.wasm')).toBe(bytes.length - 2);
  });

  it('reads lengths of several bytes', () => {
    const content = new Uint8Array(300).fill(5);
    const [section] = readSections(join(header, [1, 0xac, 0x02], content), 'x.wasm');
    expect(section).toEqual({ id: 1, content, totalBytes: 303 });
  });

  it('covers every byte of a compiled module', () => {
    for (const [name, bytes] of modules) {
      const sizes = readSections(bytes, name).map(({ totalBytes }) => totalBytes);
      expect(sizes.reduce((sum, size) => sum + size, header.length)).toBe(bytes.length);
    }
  });

  it.each([
    ['nothing', [], 'another header'],
    ['another format', [...Buffer.from('TFL3 and so on')], 'another header'],
    ['another version', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 'another header'],
    ['a section without a length', [...header, 1], '9 bytes, cut off in a length'],
    ['a section longer than the file', [...header, 1, 5, 0], '11 bytes, cut off in section 1'],
    [
      'an endless length',
      [...header, 1, 255, 255, 255, 255, 255, 255],
      'a length that is too long',
    ],
    ['a name longer than its section', [...header, 0, 1, 9, 0], 'a section name longer'],
  ])('refuses %s', (_, bytes, received) => {
    const read = () => readSections(Uint8Array.from(bytes), 'x.wasm');
    expect(read).toThrow(WickError);
    expect(read).toThrow('x.wasm: not a valid WebAssembly module');
    expect(read).toThrow(received);
  });

  it('gives sections or a WickError for any bytes behind the header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        try {
          readSections(join(header, rest), 'x.wasm');
        } catch (error) {
          expect(error).toBeInstanceOf(WickError);
        }
      }),
      { numRuns: 10 * propertyRuns },
    );
  });
});

describe('readDescription', () => {
  it('reads what the module was compiled from', () => {
    for (const [name, bytes] of modules) {
      expect(description).toMatchObject(readDescription(bytes, name));
    }
  });

  it('refuses a module that is not a wick model', async () => {
    const { message } = await wickError(() => readDescription(header, 'other.wasm'));
    expect(message).toMatch(/^other\.wasm: not a wick model/);
  });

  it('refuses another ABI version, and says which', async () => {
    const other = craft(memory, changed({ abiVersion: 2 }));
    const { problem } = await wickError(() => readDescription(other, 'new.wasm'));
    expect(problem.what).toBe('model was compiled for another ABI version');
    expect(problem).toMatchObject({ where: 'new.wasm', expected: '1', received: '2' });
  });

  it.each([
    ['no JSON', '{"abiVersion":1,'],
    ['nothing', ''],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
    ['a number', '1'],
    ['null', 'null'],
    ['no ABI version', '{}'],
    ['no inputs', changed({ inputs: undefined })],
    ['another rounding', changed({ rounding: 'single' })],
    ['a shape with a zero', changed({ inputs: [{ ...description.inputs[0], shape: [1, 0] }] })],
    ['an unknown dtype', changed({ outputs: [{ ...description.outputs[0], dtype: 'int4' }] })],
    ['labels that are no strings', changed({ labels: [1] })],
  ])('refuses a section that holds %s', async (_, content) => {
    const { problem } = await wickError(() => readDescription(craft(memory, content), 'bad.wasm'));
    expect(JSON.stringify(problem)).toContain('bad.wasm');
  });
});

describe('loadModel', () => {
  const inputOf = (model: LoadedModel) =>
    model.description.inputs.map(({ shape }) => new Int8Array(shape.reduce((n, e) => n * e, 1)));

  it.each(modules)('refuses %s cut off at any byte', async (name, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      const { problem } = await wickError(() => loadModel(bytes.subarray(0, length), name));
      expect(problem.where).toBe(name);
    }
  });

  it('loads a model from a view into a larger buffer', async () => {
    const view = join([1, 2, 3], wasm, [4, 5]).subarray(3, 3 + wasm.length);
    const model = await loadModel(view);
    expect(model.infer(inputOf(model))).toHaveLength(1);
  });

  it.each([
    ['short', [63], 'input 0 has the wrong size: expected 64 int8 values, received 63'],
    ['long', [65], 'input 0 has the wrong size: expected 64 int8 values, received 65'],
    ['few', [], 'wrong number of inputs: expected 1, received 0'],
    ['many', [64, 64], 'wrong number of inputs: expected 1, received 2'],
  ])('refuses inputs that are too %s', async (_, lengths, message) => {
    const model = await loadModel(wasm, 'small.wasm');
    const values = lengths.map((length) => new Int8Array(length));
    const refused = await wickError(() => model.infer(values));
    expect(refused.message).toBe(`small.wasm: ${message}`);
  });

  it('refuses float32 values for an int8 input, which would be cut off', async () => {
    const model = await loadModel(wasm, 'small.wasm');
    const refused = await wickError(() => model.infer([new Float32Array(64)]));
    expect(refused.message).toBe(
      'small.wasm: input 0 has the wrong type: expected int8 values in a Int8Array, received a Float32Array',
    );
  });

  it('gives outputs that the next inference leaves alone', async () => {
    const model = await loadModel(wasm);
    const random = createRandom(1);
    const draw = () => [Int8Array.from({ length: 64 }, () => random.integer(256) - 128)];
    const [first, second] = [draw(), draw()];
    const outputs = model.infer(first);
    const kept = outputs.map((output) => output.slice());
    expect(model.infer(second)).not.toEqual(kept);
    expect(outputs).toEqual(kept);
    expect(model.infer(first)).toEqual(kept);
  });

  it.each([
    ['wants an import', `(import "env" "abort" (func)) ${memory} ${infer} ${input} ${output}`],
    ['has no memory', `${infer} ${input} ${output}`],
    ['cannot infer', `${memory} ${input} ${output}`],
    ['has no input', `${memory} ${infer} ${output}`],
    [
      'exports a global as output',
      `${memory} ${infer} ${input} (global (export "output") i32 (i32.const 0))`,
    ],
    [
      'has its input outside of its memory',
      `${memory} ${infer} ${output}
      (func (export "input") (param i32) (result i32) (i32.const 65500))`,
    ],
    [
      'has its input before its memory',
      `${memory} ${infer} ${output}
      (func (export "input") (param i32) (result i32) (i32.const -1))`,
    ],
    [
      'has a 64-bit address',
      `${memory} ${infer} ${output}
      (func (export "input") (param i32) (result i64) (i64.const 0))`,
    ],
    ['gives no address', `${memory} ${infer} ${output} (func (export "input") (param i32))`],
    [
      'traps when asked for an address',
      `${memory} ${infer} ${output}
      (func (export "input") (param i32) (result i32) (unreachable))`,
    ],
  ])('refuses a module that %s', async (_, text) => {
    const { problem } = await wickError(() => loadModel(craft(text, moduleJson), 'odd.wasm'));
    expect(problem.where).toBe('odd.wasm');
  });

  it('refuses a module that keeps a state and cannot reset it', async () => {
    const stateful = changed({ stateBytes: 16 });
    const text = `${memory} ${infer} ${input} ${output}`;
    const { message } = await wickError(() => loadModel(craft(text, stateful), 'odd.wasm'));
    expect(message).toBe(
      'odd.wasm: module lacks exports of the model ABI: expected memory, infer, input, output, reset',
    );
  });

  it('reports a status that is not 0', async () => {
    const failing = '(func (export "infer") (result i32) (i32.const 7))';
    const model = await loadModel(craft(`${memory} ${failing} ${input} ${output}`, moduleJson));
    const { message } = await wickError(() => model.infer(inputOf(model)));
    expect(message).toContain('inference failed with status 7');
  });

  it('reports a trap', async () => {
    const trap = '(func (export "infer") (result i32) (unreachable))';
    const model = await loadModel(craft(`${memory} ${trap} ${input} ${output}`, moduleJson));
    expect(() => model.infer(inputOf(model))).toThrow(/unreachable/);
  });

  /** A copy of a module with some bits of one byte flipped. */
  const flipped = (bytes: Uint8Array, position: number, mask: number) =>
    bytes.map((byte, index) => (index === position ? byte ^ mask : byte));
  /** Loads (and with `run` runs) a damaged model; anything but a WickError fails the test. */
  const expectContained = async (bytes: Uint8Array, run: boolean, title: string) => {
    try {
      const model = await loadModel(bytes, 'damaged.wasm');
      if (run) model.infer(inputOf(model));
    } catch (error) {
      expect(error, `${title}: ${error}`).toBeInstanceOf(WickError);
    }
  };

  it.each(modules)(
    'refuses or runs %s with a bit flipped outside of its code',
    async (_, bytes) => {
      const random = createRandom(1);
      const [codeStart, codeEnd] = extent(bytes, 10);
      for (let position = 0; position < bytes.length; position++) {
        const headOrTail =
          position < codeStart || position >= Math.max(codeEnd, bytes.length - 600);
        if (!headOrTail) continue;
        for (const mask of [1 << random.integer(8), 1 + random.integer(255)]) {
          await expectContained(flipped(bytes, position, mask), true, `${position} ^ ${mask}`);
        }
      }
    },
  );

  // What damaged code computes may take forever, so that it is only loaded.
  it.each(modules)('refuses or loads %s with a byte flipped in its code', async (_, bytes) => {
    const random = createRandom(2);
    const [codeStart, codeEnd] = extent(bytes, 10);
    for (let position = codeStart; position < codeEnd; position += 1 + random.integer(3)) {
      const mask = 1 + random.integer(255);
      await expectContained(flipped(bytes, position, mask), false, `${position} ^ ${mask}`);
    }
  });
});
