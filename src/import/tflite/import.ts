import { WickError } from '../../errors.ts';
import { checkGraph } from '../../graph/check.ts';
import type { Graph } from '../../graph/types.ts';
import { createBuilder, type ModelBuilder } from './builder.ts';
import { readFlatBuffer } from './flatbuffer.ts';
import { hintFor } from './hints.ts';
import { readLabels } from './labels.ts';
import { customOperator, operatorNames, operatorNumber } from './names.ts';
import type { Mapping, Operation } from './operation.ts';
import { operators } from './operators.ts';
import { absentValues, callOnceOptions } from './options.ts';
import {
  fileIdentifier,
  type ModelTable,
  modelSchema,
  type OperatorTable,
  type SubgraphTable,
  schemaVersion,
} from './schema.ts';
import { findStreams, type Stream } from './streams.ts';
import { checkStatic, readValues, type Value } from './values.ts';

/** A model that was imported. */
export interface ImportedModel {
  readonly graph: Graph;
  /** The names in the graph of the file's tensors, by their numbers; not all of them need be there. */
  readonly tensorNames: readonly string[];
}

/**
 * The graph of a .tflite file: int8 or float32, with a batch of 1. Names of tensors are the file's, labels those of its
 * metadata. docs/import.md lists the operators.
 *
 * @param name the graph's name
 * @param where the file's name, for errors
 * @throws WickError where the file is none or damaged, or holds what is not supported: then it names the operator, its
 *   version and options, and what could be done
 */
export function importTflite(bytes: Uint8Array, name: string, where: string): ImportedModel {
  const model = readFlatBuffer(bytes, modelSchema, fileIdentifier, where);
  if (model.version !== schemaVersion) {
    throw new WickError({
      what: 'file is of another version of the format',
      where,
      expected: `${schemaVersion}`,
      received: `${model.version}`,
    });
  }
  const subgraph = mainSubgraph(model, where);
  const values = readValues(subgraph, model, bytes, where);
  const valueAt = (index: number, place: string): Value => {
    const value = values[index];
    if (value !== undefined) return value;
    throw new WickError({
      what: 'tensor does not exist',
      where: place,
      expected: `0 to ${values.length - 1}`,
      received: `${index}`,
    });
  };
  const tensorNames = values.map((value) => value.name);
  const builder = createBuilder(bytes.length, tensorNames, where);
  for (const index of subgraph.inputs ?? []) {
    checkInput(subgraph, index, valueAt(index, `${where}, inputs`), where);
    builder.input(valueAt(index, `${where}, inputs`));
  }
  const { windows, absorbed } = findStreams({ model, subgraph, values, file: bytes, where });
  subgraph.operators.forEach((table, index) => {
    const stream = windows.get(index);
    if (stream !== undefined) addWindow(stream, index, builder, valueAt, where);
    else if (!absorbed.has(index)) convert({ table, index, model, builder, valueAt, where });
  });
  const outputs = (subgraph.outputs ?? []).map((index) => valueAt(index, `${where}, outputs`));
  if (subgraph.inputs === undefined || outputs.length === 0) {
    throw new WickError({ what: 'model has no inputs or no outputs', where });
  }
  const labels = readLabels(model, bytes, outputs[0]?.shape.at(-1) ?? 0, where);
  const graph = builder.finish(name, outputs, labels);
  checkGraph(graph, where);
  return { graph, tensorNames };
}

/** A graph beside the main one may only be what variables start from. */
function mainSubgraph({ subgraphs }: ModelTable, where: string): SubgraphTable {
  const [subgraph] = subgraphs;
  const calls = (subgraph?.operators ?? []).filter(
    ({ builtinOptions }) => builtinOptions?.type === callOnceOptions.type,
  );
  if (subgraph !== undefined && subgraphs.length === 1 + calls.length) return subgraph;
  throw new WickError({
    what: 'wrong number of graphs in the model',
    where,
    expected: `${1 + calls.length}`,
    received: `${subgraphs.length}`,
    hint: 'export one signature, without control flow',
  });
}

/** Only the batch may be left open. */
function checkInput({ tensors }: SubgraphTable, index: number, value: Value, where: string): void {
  checkStatic(value, where);
  const { shapeSignature = [] } = tensors[index] ?? {};
  if (!shapeSignature.slice(1).includes(-1)) return;
  throw new WickError({
    what: `input '${value.name}' has a shape that is left open`,
    where,
    expected: 'a fixed shape; only the batch, its first axis, may be open, and is 1 then',
    received: shapeSignature.map((extent) => (extent === -1 ? '?' : extent)).join('x'),
    hint: 'convert the model again with fixed input shapes',
  });
}

function addWindow(
  { input, output, axis, length }: Stream,
  index: number,
  builder: ModelBuilder,
  valueAt: (index: number, place: string) => Value,
  where: string,
): void {
  const result = valueAt(output, where);
  const title = `${where}, operator ${index} (CONCATENATION), which makes '${result.name}'`;
  builder.begin(title, index);
  const source = builder.current(valueAt(input, title));
  builder.node('sliding_window', [source], [result], { axis, length });
}

function convert(request: {
  readonly table: OperatorTable;
  readonly index: number;
  readonly model: ModelTable;
  readonly builder: ModelBuilder;
  readonly valueAt: (index: number, place: string) => Value;
  readonly where: string;
}): void {
  const { table, index, model, builder, valueAt } = request;
  const { name, version } = operatorOf(model, table, `${request.where}, operator ${index}`);
  const title = `${request.where}, operator ${index} (${name}, version ${version})`;
  const outputs = (table.outputs ?? []).map((output) => valueAt(output, title));
  const where = outputs[0] === undefined ? title : `${title}, which makes '${outputs[0].name}'`;
  const mapping = operators[name];
  if (mapping === undefined) {
    throw new WickError({
      what: 'operator is not supported',
      where,
      received: describeOptions(table),
      hint: hintFor(name),
    });
  }
  const inputs = (table.inputs ?? []).map((input) =>
    // -1 stands for an optional input that is left out.
    input === -1 ? undefined : builder.current(valueAt(input, where)),
  );
  checkCounts(mapping, inputs, outputs, where);
  builder.begin(where, index);
  const operation: Operation<never> = {
    where,
    inputs,
    outputs,
    options: optionsOf(mapping, table, where) as never,
  };
  try {
    mapping.convert(operation, builder);
  } catch (error) {
    if (!(error instanceof WickError)) throw error;
    const { hint = `the operator has ${describeOptions(table)}` } = error.problem;
    throw new WickError({ ...error.problem, hint });
  }
}

/** The name and version of an operator. A custom one goes by its own name. */
function operatorOf(
  { operatorCodes }: ModelTable,
  { opcodeIndex }: OperatorTable,
  where: string,
): { readonly name: string; readonly version: number } {
  const code = operatorCodes[opcodeIndex];
  if (code === undefined) {
    throw new WickError({
      what: 'kind of operator does not exist',
      where,
      expected: `0 to ${operatorCodes.length - 1}`,
      received: `${opcodeIndex}`,
    });
  }
  const number = operatorNumber(code);
  const name =
    number === customOperator
      ? `CUSTOM '${code.customCode ?? ''}'`
      : (operatorNames[number] ?? `number ${number}`);
  return { name, version: code.version };
}

/** An operator's options as text. */
function describeOptions({ builtinOptions, customOptions }: OperatorTable): string {
  if (builtinOptions === undefined) {
    return customOptions === undefined ? 'no options' : `${customOptions.length} bytes of options`;
  }
  const { name, values } = builtinOptions;
  return values === undefined ? name : `${name} ${JSON.stringify(values)}`;
}

function checkCounts(
  mapping: Mapping,
  inputs: readonly unknown[],
  outputs: readonly unknown[],
  where: string,
): void {
  const check = (what: string, count: number, [least, most]: readonly [number, number]) => {
    if (count >= least && count <= most) return;
    throw new WickError({
      what: `wrong number of ${what}`,
      where,
      expected: least === most ? `${least}` : `${least} to ${most}`,
      received: `${count}`,
    });
  };
  check('inputs', inputs.length, mapping.inputs);
  check('outputs', outputs.length, mapping.outputs);
}

/** The options that a mapping wants: what the file leaves out has its default. */
function optionsOf(
  { options }: Mapping,
  { builtinOptions }: OperatorTable,
  where: string,
): unknown {
  if (options === undefined) return {};
  if (builtinOptions === undefined) return absentValues(options.schema);
  if (builtinOptions.type === options.type) return builtinOptions.values;
  throw new WickError({
    what: 'options belong to another operator',
    where,
    expected: options.name,
    received: builtinOptions.name,
  });
}
