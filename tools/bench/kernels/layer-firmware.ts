import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice } from '../../../src/device/device.ts';
import { startEmulator } from '../../../src/device/emulator.ts';
import { readEmulatedBoard } from '../../../src/firmware/boards.ts';
import { runCmake } from '../../../src/firmware/cmake.ts';
import { readSizes } from '../../../src/firmware/sizes.ts';
import type { Graph } from '../../../src/graph/types.ts';
import type { Checks } from '../../../src/native/kernels.ts';
import { writeNativeModel } from '../../../src/native/write.ts';
import type { NodeContext, Optimize } from '../../../src/ops/op.ts';

/** A layer with what goes in and what must come out, and how its firmware is built. */
export interface LayerRun {
  readonly context: NodeContext;
  /** The bytes of each activation that comes in. */
  readonly inputs: readonly Int8Array[];
  readonly expected: Int8Array;
  readonly optimize: Optimize;
  readonly checks: Checks;
}

/** What a layer takes on a Cortex-M4. */
export interface LayerMeasurement {
  /** Of one inference: the layer's, and a dozen of what calls it. */
  readonly instructions: number;
  /** Thumb code with its literals: the layer's, and about 210 bytes of a model's description and functions. */
  readonly codeBytes: number;
}

/** Measures layers one after another; what they share is compiled once. */
export interface LayerBench {
  /** Throws an Error where the output is not the expected one, and a WickError where a tool fails. */
  measure(run: LayerRun): Promise<LayerMeasurement>;
  close(): Promise<void>;
}

/** A graph of one layer alone. */
function graphOf({ op, attributes, inputs, outputs }: NodeContext): Graph {
  const names = (tensors: NodeContext['inputs']) => tensors.map(({ name }) => name);
  const node = { name: op, op, attributes, inputs: names(inputs), outputs: names(outputs) };
  return {
    name: op,
    tensors: new Map([...inputs, ...outputs].map((tensor) => [tensor.name, tensor])),
    nodes: [node],
    inputs: names(inputs.filter(({ data }) => data === undefined)),
    outputs: names(outputs),
  };
}

/** Firmware of single layers on the emulated board `netduinoplus2`, as `wick firmware build` makes it of a model. */
export async function createLayerBench(): Promise<LayerBench> {
  const board = readEmulatedBoard('netduinoplus2');
  const folder = await mkdtemp(join(tmpdir(), 'wick-layers-'));
  const [model, build] = [join(folder, 'model'), join(folder, 'build')];
  await mkdir(model);
  return {
    async measure({ context, inputs, expected, optimize, checks }) {
      await writeNativeModel(graphOf(context), model, { checks, optimize, cpu: board.cpu });
      const { map } = await runCmake({
        ...{ board, directory: build, name: context.op, version: 'bench' },
        model: { engine: 'native', directory: model },
      });
      const device = await openDevice(
        await startEmulator(join(build, 'firmware.elf'), board.qemu.machine),
      );
      try {
        for (const [index, { buffer, byteOffset, byteLength }] of inputs.entries()) {
          await device.writeInput(index, new Uint8Array(buffer, byteOffset, byteLength));
        }
        const instructions = await device.infer();
        const output = new Int8Array(await device.readOutput(0, expected.length));
        const wrong = expected.findIndex((value, index) => value !== output[index]);
        if (wrong >= 0) throw new Error(`${context.op} on the Cortex-M4: difference at ${wrong}`);
        const sizes = readSizes(Buffer.from(map).toString(), board);
        return { instructions, codeBytes: sizes.flash.model };
      } finally {
        await device.close();
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
