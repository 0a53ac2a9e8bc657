import type { Command } from 'commander';
import { byteScale } from '../../data/dataset.ts';
import { readPng } from '../../data/png.ts';
import { WickError } from '../../errors.ts';
import { openCompiled, openDebug } from '../../evaluate/debug.ts';
import { type ActivationData, byteLength, elementCount, formatShape } from '../../graph/types.ts';
import { formatPercent } from '../../report/format.ts';
import { samplesAsInput } from '../../runtime/input.ts';
import type { LoadedModel } from '../../runtime/model.ts';
import { run } from '../../runtime/run.ts';
import { type DebugModel, tap, writeTap } from '../../runtime/tap.ts';
import { readBytes } from '../../write-files.ts';
import { options } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';

interface Flags {
  readonly json?: boolean;
  readonly invert?: boolean;
  readonly tap?: string;
}

/** The input of a file: a PNG of the model's size, or else the raw values themselves, float32 ones little-endian. */
async function readInput(
  model: LoadedModel,
  path: string,
  invert: boolean,
): Promise<ActivationData> {
  const bytes = await readBytes(path);
  const [port] = model.description.inputs;
  if (port === undefined) throw new WickError({ what: 'model has no input', where: path });
  const length = elementCount(port.shape);
  if (!path.toLowerCase().endsWith('.png')) {
    if (invert) throw new WickError({ what: '--invert is for .png files only', where: path });
    if (bytes.length === byteLength(port)) {
      // A copy, because float32 values need an address that is a multiple of four.
      const { buffer } = Uint8Array.from(bytes);
      return port.dtype === 'float32' ? new Float32Array(buffer) : new Int8Array(buffer);
    }
    throw new WickError({
      what: 'input has the wrong size',
      where: path,
      expected: `a .png file, or ${length} raw ${port.dtype} values (${byteLength(port)} bytes)`,
      received: `${bytes.length} bytes`,
    });
  }
  const [, height, width, channels] = port.shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new WickError({
      what: 'model does not take images',
      where: path,
      expected: 'an input of shape 1xHxWxC',
      received: formatShape(port.shape),
    });
  }
  const shape = [height, width, channels] as const;
  const pixels = readPng(bytes, path, shape).map((value) => (invert ? 255 - value : value));
  const image = { data: pixels, shape, scale: byteScale, zeroPoint: 0 };
  return samplesAsInput(image, port, path)(0);
}

/** `wick run`: one inference on a file. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('run a compiled model on one input; prints label and scores')
    .argument('<model>', 'a build folder or a .wasm file')
    .argument(
      '<input>',
      'a PNG of the size of the input (transparent parts are black), or raw values, int8 or float32 as the model takes them',
    )
    .option('--invert', 'turn dark on light into light on dark, as MNIST is')
    .addOption(options.tap())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick run build/mnist-cnn digit.png --tap build/tensors')
    .action(async (path: string, input: string, flags: Flags) => {
      const debug = flags.tap === undefined ? undefined : await openDebug(path);
      const model = debug ?? (await openCompiled(path)).model;
      const values = await readInput(model, input, flags.invert ?? false);
      const answer = run(model, values);
      const tapped = debug && flags.tap ? await tapTo(debug, values, flags.tap) : undefined;
      if (flags.json) return printJson({ ...answer, ...(tapped && { tap: tapped }) });
      printLine(answer.label);
      printTable(
        ['class', 'score', 'output'],
        answer.scores.map(({ label, score, output }) => [
          label,
          formatPercent(score),
          // As many digits as a float32 has; an int8 value has three.
          String(Number(output.toPrecision(7))),
        ]),
        ['left', 'right', 'right'],
      );
      if (tapped) printLine(`${tapped.tensors} tensors in ${tapped.directory}`);
    });
}

async function tapTo(
  model: DebugModel,
  { buffer, byteOffset, byteLength }: ActivationData,
  directory: string,
) {
  const tensors = tap(model, [new Uint8Array(buffer, byteOffset, byteLength)]);
  await writeTap(directory, model, tensors);
  return { directory, tensors: tensors.length };
}
