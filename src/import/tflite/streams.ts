import { WickError } from '../../errors.ts';
import { operatorNames, operatorNumber } from './names.ts';
import {
  callOnceOptions,
  concatenationOptions,
  stridedSliceOptions,
  varHandleOptions,
} from './options.ts';
import type { ModelTable, OperatorTable, SubgraphTable } from './schema.ts';
import { readValues, type Value } from './values.ts';

/** A window over what an input was and is, by the number of the operator (CONCATENATION) that it stands for. */
export interface Stream {
  /** The tensor that comes with each inference, and the window over it. */
  readonly input: number;
  readonly output: number;
  readonly axis: number;
  /** How many places along the axis are kept. */
  readonly length: number;
}

/** The resource variables of a graph as streams. */
export interface Streams {
  readonly windows: ReadonlyMap<number, Stream>;
  /** The numbers of the other operators that make up the streams. */
  readonly absorbed: ReadonlySet<number>;
}

const pattern =
  'READ_VARIABLE, CONCATENATION of it with one tensor, STRIDED_SLICE or SLICE of the end, ASSIGN_VARIABLE, over one variable';

interface Named {
  readonly index: number;
  readonly name: string;
  readonly table: OperatorTable;
}

/**
 * Finds how a graph uses its resource variables: as streaming models do, each holds the last places of a tensor along an
 * axis.
 *
 * @throws WickError where a variable is used otherwise, or starts from anything but zeros
 */
export function findStreams(request: {
  readonly model: ModelTable;
  readonly subgraph: SubgraphTable;
  readonly values: readonly Value[];
  readonly file: Uint8Array;
  readonly where: string;
}): Streams {
  const { model, subgraph, values, where } = request;
  const all = namedOperators(model, subgraph);
  const handles = all.filter(({ name }) => name === 'VAR_HANDLE');
  const initializers = all.filter(({ name }) => name === 'CALL_ONCE');
  const windows = new Map<number, Stream>();
  const absorbed = new Set([...handles, ...initializers].map(({ index }) => index));
  const users = usersOf(all);
  const makers = new Map(
    all.flatMap((operator) => (operator.table.outputs ?? []).map((output) => [output, operator])),
  );
  const isOutput = (tensor: number) => subgraph.outputs?.includes(tensor) === true;
  for (const [handle, ...others] of byVariable(handles)) {
    const fail = (received: string) =>
      new WickError({
        what: `variable '${variableOf(handle.table).name}' is used in a way that is not supported`,
        where: `${where}, operator ${handle.index} (VAR_HANDLE)`,
        expected: pattern,
        received,
        hint: 'feed what the model remembers in and out as an input and an output',
      });
    const used = [handle, ...others].flatMap(
      ({ table }) => users.get(table.outputs?.[0] ?? -1) ?? [],
    );
    const [read, ...reads] = used.filter(({ name }) => name === 'READ_VARIABLE');
    const [assign, ...assigns] = used.filter(({ name }) => name === 'ASSIGN_VARIABLE');
    if (!read || !assign || reads.length + assigns.length > 0 || used.length !== 2) {
      throw fail(used.map(({ name }) => name).join(', ') || 'nothing');
    }
    const before = read.table.outputs?.[0] ?? -1;
    const [join, ...joins] = users.get(before) ?? [];
    const kept = assign.table.inputs?.[1] ?? -1;
    const slice = makers.get(kept);
    const stream = join && slice && streamOf(values, read, join, slice);
    if (stream === undefined || joins.length > 0 || isOutput(before)) {
      const uses = [join, ...joins].map((user) => user?.name ?? 'nothing');
      if (isOutput(before)) uses.push('an output of the graph');
      throw fail(`${uses.join(', ')} of what is read, ${slice?.name ?? 'nothing'} to assign`);
    }
    if (!streamedTypes.includes(values[stream.input]?.type ?? '')) {
      throw fail(`${values[stream.input]?.type} values`);
    }
    windows.set(join?.index ?? -1, stream);
    for (const { index } of [read, assign]) absorbed.add(index);
    // Something else may read the slice too.
    if (users.get(kept)?.length === 1 && !isOutput(kept)) absorbed.add(slice?.index ?? -1);
  }
  const checked = new Set<number>();
  for (const { table, index } of initializers) {
    const graph = initialGraph(table);
    if (!checked.has(graph)) {
      checkZeros(request, graph, `${where}, operator ${index} (CALL_ONCE)`);
    }
    checked.add(graph);
  }
  return { windows, absorbed };
}

function namedOperators({ operatorCodes }: ModelTable, { operators }: SubgraphTable): Named[] {
  return operators.map((table, index) => {
    const code = operatorCodes[table.opcodeIndex];
    const name = code === undefined ? undefined : operatorNames[operatorNumber(code)];
    return { index, name: name ?? '', table };
  });
}

/** The operators that read each tensor. */
function usersOf(all: readonly Named[]): ReadonlyMap<number, readonly Named[]> {
  const users = new Map<number, Named[]>();
  for (const operator of all) {
    for (const input of operator.table.inputs ?? []) {
      const list = users.get(input);
      if (list === undefined) users.set(input, [operator]);
      else list.push(operator);
    }
  }
  return users;
}

/** A variable is known by its container and its name: all handles that say the same are of one. */
function variableOf({ builtinOptions }: OperatorTable) {
  const known = builtinOptions?.type === varHandleOptions.type ? builtinOptions.values : {};
  return { container: String(known?.container ?? ''), name: String(known?.sharedName ?? '') };
}

/** The handles of each variable. */
function byVariable(handles: readonly Named[]): Iterable<readonly [Named, ...Named[]]> {
  const variables = new Map<string, [Named, ...Named[]]>();
  for (const handle of handles) {
    const key = JSON.stringify(Object.values(variableOf(handle.table)));
    const list = variables.get(key);
    if (list === undefined) variables.set(key, [handle]);
    else list.push(handle);
  }
  return variables.values();
}

/** What a variable may hold. */
const streamedTypes: readonly string[] = ['INT8', 'FLOAT32'];

/** The stream of one variable, or undefined where its operators are none. */
function streamOf(
  values: readonly Value[],
  read: Named,
  join: Named,
  slice: Named,
): Stream | undefined {
  const [before, input, ...others] = join.table.inputs ?? [];
  const output = join.table.outputs?.[0];
  const isJoin = join.name === 'CONCATENATION' && before === read.table.outputs?.[0];
  const isSlice = ['STRIDED_SLICE', 'SLICE'].includes(slice.name);
  if (!isJoin || !isSlice || others.length > 0 || input === undefined || output === undefined) {
    return undefined;
  }
  const [kept, added, joined] = [before, input, output].map((index) => values[index ?? -1]?.shape);
  if (slice.table.inputs?.[0] !== output || !kept || !added || !joined) return undefined;
  const axis = joined.findIndex((extent, i) => extent !== added[i]);
  const length = kept[axis] ?? 0;
  const ends = values[slice.table.outputs?.[0] ?? -1];
  const { builtinOptions } = join.table;
  const options =
    builtinOptions?.type === concatenationOptions.type ? (builtinOptions.values ?? {}) : {};
  const fits =
    axis >= 0 &&
    Number(options.fusedActivationFunction ?? 0) === 0 &&
    [axis, axis - joined.length].includes(Number(options.axis ?? 0)) &&
    joined.every((extent, i) => extent === (i === axis ? length + (added[i] ?? 0) : kept[i])) &&
    ends?.shape.join() === kept.join() &&
    beginsAt(values, slice, axis, joined, added[axis] ?? 0);
  return fits ? { input, output, axis, length } : undefined;
}

/** Whether a slice starts at this place along an axis, at the first one along all others, and leaves nothing out. */
function beginsAt(
  values: readonly Value[],
  { table }: Named,
  axis: number,
  shape: readonly number[],
  place: number,
): boolean {
  const numbers = (i: number) => smallNumbers(values[table.inputs?.[i] ?? -1]);
  const begin = numbers(1);
  const { builtinOptions } = table;
  const isStrided = builtinOptions?.type === stridedSliceOptions.type;
  const options = isStrided ? (builtinOptions.values ?? {}) : {};
  const [mask, rare] = [
    Number(options.beginMask ?? 0),
    ['ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].some(
      (key) => Number(options[key] ?? 0) !== 0,
    ),
  ];
  if (rare || (isStrided && numbers(3).some((stride) => stride !== 1))) return false;
  return shape.every((extent, i) => {
    const given = ((mask >> i) & 1) === 1 ? 0 : (begin[i] ?? 0);
    return (given < 0 ? given + extent : given) === (i === axis ? place : 0);
  });
}

/** The numbers of a constant of a few int32; none where it is something else. */
function smallNumbers(value: Value | undefined): readonly number[] {
  if (value?.type !== 'INT32' || value.bytes === undefined || value.bytes.length > 64) return [];
  const { buffer, byteOffset, length } = value.bytes;
  const view = new DataView(buffer, byteOffset, length);
  return Array.from({ length: length >> 2 }, (_, i) => view.getInt32(4 * i, true));
}

/** The number of the graph that CALL_ONCE runs. */
function initialGraph({ builtinOptions }: OperatorTable): number {
  const known = builtinOptions?.type === callOnceOptions.type ? builtinOptions.values : {};
  return Number(known?.initSubgraphIndex ?? 0);
}

/** Throws where the graph that is run once assigns anything but zeros: what variables hold in any case. */
function checkZeros(
  request: { readonly model: ModelTable; readonly file: Uint8Array },
  graph: number,
  where: string,
): void {
  const { model, file } = request;
  const subgraph = model.subgraphs[graph];
  // Many tensors may share one constant.
  let allowance = 4 * file.length;
  const fail = (received: string) =>
    new WickError({
      what: 'variables start from something that is not supported',
      where,
      expected: 'a graph that does nothing but assign zeros to them',
      received,
    });
  if (subgraph === undefined || subgraph === model.subgraphs[0]) throw fail('no such graph');
  const values = readValues(subgraph, model, file, where);
  for (const { name, table } of namedOperators(model, subgraph)) {
    if (name === 'VAR_HANDLE') continue;
    const assigned = values[table.inputs?.[1] ?? -1];
    if (name !== 'ASSIGN_VARIABLE' || assigned?.bytes === undefined) throw fail(name);
    allowance -= assigned.bytes.length;
    if (allowance < 0) throw fail('more bytes than the file has');
    const zero = (assigned.quantization?.zeroPoint[0] ?? 0) & 0xff;
    if (assigned.bytes.some((byte) => byte !== zero)) throw fail(`values in '${assigned.name}'`);
  }
}
