import { join } from 'node:path';
import type { Command } from 'commander';
import { buildFiles } from '../../build-folder.ts';
import { WickError } from '../../errors.ts';
import { graphExtension, saveGraph } from '../../graph/files.ts';
import type { Graph } from '../../graph/types.ts';
import { canonicalWeightsBytes, countParameters } from '../../graph/weights.ts';
import { importModel, isTflite, tfliteExtension } from '../../import/open-graph.ts';
import { resolveGraph } from '../../ops/support/context.ts';
import { formatBytes, formatCount } from '../../report/format.ts';
import { importFolder } from '../graph-path.ts';
import { options } from '../options.ts';
import { printJson, printStep } from '../output.ts';

interface Flags {
  readonly out?: string;
  readonly json?: boolean;
}

/** Whether any activation of a graph is float32 between its borders: then it is to be quantized. */
function isFloat(graph: Graph): boolean {
  return graph.nodes.some(({ op, inputs }) => {
    const [first] = inputs;
    return op !== 'quantize' && graph.tensors.get(first ?? '')?.dtype === 'float32';
  });
}

/** Where to write: a file as it is, or a folder's graph of this kind. */
function targetOf(graph: Graph, out: string): string {
  if (out.endsWith(graphExtension)) return out;
  return join(out, isFloat(graph) ? buildFiles.floatGraph : buildFiles.int8Graph);
}

function describe(graph: Graph, file: string) {
  const port = (name: string) => {
    const { data: _, ...tensor } = graph.tensors.get(name) as { name: string; data?: unknown };
    return tensor;
  };
  const ops: Record<string, number> = {};
  for (const { op } of graph.nodes) ops[op] = (ops[op] ?? 0) + 1;
  return {
    name: graph.name,
    graph: file,
    kind: isFloat(graph) ? 'float' : 'int8',
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    nodes: graph.nodes.length,
    ops,
    parameters: countParameters(graph),
    macs: resolveGraph(graph).reduce((sum, { op, context }) => sum + op.macs(context), 0),
    weightsBytes: canonicalWeightsBytes(graph),
    labels: graph.labels ?? [],
  };
}

/** `wick import`: a readable graph from a model of another format. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('import a .tflite model, int8 or float, as a readable graph')
    .argument('<model>', 'a .tflite file')
    .addOption(options.out('a .wick.json file, or a folder (default: build/<model>)'))
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick import model.tflite -o model.wick.json')
    .action(async (model: string, flags: Flags) => {
      if (!isTflite(model)) {
        throw new WickError({
          what: 'not a model to import',
          where: model,
          expected: `a ${tfliteExtension} file`,
          received: 'a file or folder of another name',
        });
      }
      const graph = await importModel(model);
      const file = targetOf(graph, flags.out ?? importFolder(model));
      await saveGraph(graph, file);
      const result = describe(graph, file);
      if (flags.json) return printJson(result);
      const { kind, nodes, macs, weightsBytes } = result;
      printStep(
        'import',
        `${file}: ${kind}, ${nodes} nodes, ${formatCount(macs)} MACs, weights ${formatBytes(weightsBytes)}`,
      );
    });
}
