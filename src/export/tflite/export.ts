import { WickError } from '../../errors.ts';
import { checkGraph } from '../../graph/check.ts';
import { type Graph, isQuantized, type Tensor } from '../../graph/types.ts';
import { field } from '../../import/tflite/fields.ts';
import { fileIdentifier, modelSchema, schemaVersion } from '../../import/tflite/schema.ts';
import type { NodeContext } from '../../ops/op.ts';
import { findTensor, resolveGraph } from '../../ops/support/context.ts';
import { prepareGraph } from '../../ops/support/prepare.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import { writeFlatBuffer } from './flatbuffer.ts';
import { metadataOf } from './metadata.ts';
import { callOnce, initialize } from './operators/variables.ts';
import { exporters } from './operators.ts';
import { createSubgraph, createTables, type SubgraphWriter } from './subgraph.ts';
import { newestRuntime } from './versions.ts';
import { zipBehind } from './zip.ts';

const { scalar, tables, text } = field;

const namedTensor = { name: text(0), tensorIndex: scalar(1, 'uint32') };

/** A model with its signature, by which runtimes name inputs and outputs. Source: TFLite `schema.fbs`. */
const writtenSchema = {
  ...modelSchema,
  signatureDefs: tables(7, {
    inputs: tables(0, namedTensor),
    outputs: tables(1, namedTensor),
    signatureKey: text(2),
    subgraphIndex: scalar(4, 'uint32'),
  }),
};

/** What runtimes call the one signature of a model where nobody names it. */
const signatureKey = 'serving_default';

/**
 * The .tflite file of a graph, int8 or float32: operators that LiteRT and TFLM run and that `importTflite` reads back.
 * Tensors keep their names; what TFLite needs beside them is named after the tensor that it serves. The same graph gives
 * the same bytes. docs/export.md lists the operators.
 *
 * @throws WickError where the graph is not sound, or has what TFLite cannot say: then it names the node, the op, the
 *   attribute and what could be done
 */
export function exportTflite(graph: Graph): Uint8Array {
  const nodes = nodesOf(graph);
  const shared = createTables();
  const main = createSubgraph(shared, graph.tensors.keys());
  const find = (name: string): Tensor => findTensor(graph, name, graph.name);
  const inputs = graph.inputs.map((name) => main.tensor(find(name)));
  const windows = nodes.filter(({ op }) => op === 'sliding_window');
  if (windows.length > 0) callOnce(main, 1);
  for (const node of nodes) exportNode(node, main);
  const outputs = graph.outputs.map((name) => main.tensor(find(name)));
  const subgraphs = [main.table(graph.name, inputs, outputs)];
  if (windows.length > 0) {
    const first = createSubgraph(shared, []);
    for (const node of windows) initialize(node as never, first);
    subgraphs.push(first.table('initialize', [], []));
  }
  const { entries, labels } = metadataOf(graph, newestRuntime(shared.runtimes));
  const metadata = [...entries].map(([name, bytes]) => ({ name, buffer: shared.buffer(bytes) }));
  const named = (names: readonly string[], numbers: readonly number[]) =>
    names.map((name, i) => ({ name, tensorIndex: numbers[i] }));
  const file = writeFlatBuffer(
    writtenSchema,
    {
      version: schemaVersion,
      operatorCodes: shared.operatorCodes,
      subgraphs,
      description: 'wick',
      buffers: shared.buffers,
      metadata,
      signatureDefs: [
        {
          inputs: named(graph.inputs, inputs),
          outputs: named(graph.outputs, outputs),
          signatureKey,
          subgraphIndex: 0,
        },
      ],
    },
    fileIdentifier,
  );
  if (labels === undefined) return file;
  const archive = zipBehind(file.length, labels.name, labels.contents);
  const whole = new Uint8Array(file.length + archive.length);
  whole.set(file);
  whole.set(archive, file.length);
  return whole;
}

/** The nodes with their tensors, checked as the compiler checks an int8 graph and training a float one. */
function nodesOf(graph: Graph): readonly NodeContext[] {
  if (isQuantized(graph)) return prepareGraph(graph).map(({ context }) => context);
  checkGraph(graph, graph.name);
  return resolveGraph(graph).map(({ context }) => context);
}

function exportNode(node: NodeContext, file: SubgraphWriter): void {
  const exporter = exporters[node.op];
  if (exporter === undefined) {
    throw new WickError({
      what: 'TFLite has no operator for this',
      where: nodeTitle(node),
      expected: `one of ${Object.keys(exporters).join(', ')}`,
      received: node.op,
      hint: 'keep the graph as .wick.json',
    });
  }
  exporter(node as NodeContext<never>, file);
}
