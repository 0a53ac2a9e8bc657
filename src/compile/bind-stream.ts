import binaryen from 'binaryen';
import { type Access, loads, weightAccessors } from './bindings.ts';
import { copyFunctions } from './copy-functions.ts';
import { type LayerStream, type StreamPlan, streamed } from './stream.ts';

/** The import that fills a window: `read_weights(dst, offset, len)`. */
const readWeights = 'read weights';

// The two halves hold the weights from `tag` on and those from `other tag` on, the latter read less recently; `half` is the
// address of the former, and the layer's weights end at `end`. Tags and end have the bit of streamed addresses.
const globals = { tag: 'tag', other: 'other tag', half: 'half', end: 'end' } as const;

/** What a linked module needs beside its kernels to read weights through a window. */
export interface BoundStream {
  /** The kernel of a layer: a copy of it where weights of the layer pass through the halves. */
  kernel(name: string, layer: LayerStream | undefined): string;
  /** What runs before the kernel of a layer. */
  prepare(layer: LayerStream | undefined): readonly binaryen.ExpressionRef[];
}

/**
 * Binds the kernels' weight accessors to a window: to plain loads, for layers that lie in the window whole; for the others
 * `kernels` (internal names) have copies whose accessors look for the weight in the halves, and read it there where it
 * is in neither.
 */
export function bindStream(
  module: binaryen.Module,
  plan: StreamPlan,
  kernels: Iterable<string>,
): BoundStream {
  const { i32, local, global } = module;
  const { halves } = plan;
  const three = binaryen.createType([binaryen.i32, binaryen.i32, binaryen.i32]);
  module.addFunctionImport(readWeights, 'wick', 'read_weights', three, binaryen.none);
  const plain = loads();
  const accessors = weightAccessors(module);
  const signature = binaryen.createType([binaryen.i32, binaryen.i32]);
  const define = (name: string, vars: binaryen.Type[], access: Access): void => {
    const address = i32.add(local.get(0, binaryen.i32), local.get(1, binaryen.i32));
    const body = access(module, address);
    module.addFunction(name, signature, binaryen.getExpressionType(body), vars, body);
  };
  const hasStreamed = plan.layers.some((layer) => layer?.end !== undefined);
  const replacements = hasStreamed
    ? new Map(accessors.map(({ name }) => [name, `${name} streamed`]))
    : new Map<string, string>();
  const copies = copyFunctions(module, hasStreamed ? kernels : [], replacements);
  for (const { name, load } of accessors) {
    const access = plain[load] as Access;
    module.removeFunction(name);
    define(name, [], access);
    if (!hasStreamed) continue;
    // Local 2: the address; local 3: how far into the half that was used last it lies.
    define(replacements.get(name) as string, [binaryen.i32, binaryen.i32], (_, address) => {
      const intoHalf = i32.sub(
        local.tee(2, address, binaryen.i32),
        global.get(globals.tag, binaryen.i32),
      );
      const isThere = i32.lt_u(local.tee(3, intoHalf, binaryen.i32), i32.const(halves.bytes));
      const there = i32.add(global.get(globals.half, binaryen.i32), local.get(3, binaryen.i32));
      const elsewhere = module.call('locate', [local.get(2, binaryen.i32)], binaryen.i32);
      return access(module, module.if(isThere, there, elsewhere));
    });
  }
  if (hasStreamed) {
    // WAMR takes a first mutable global that does not start at 0 for the stack pointer.
    for (const name of Object.values(globals)) {
      module.addGlobal(name, binaryen.i32, true, i32.const(0));
    }
    addLocate(module, plan);
  }
  return {
    kernel: (name, layer) => (layer?.end === undefined ? name : (copies.get(name) ?? name)),
    prepare: (layer) => [
      ...(layer?.reads ?? []).map(({ address, offset, bytes }) => {
        const operands = [address, offset, bytes].map((value) => i32.const(value));
        return module.call(readWeights, operands, binaryen.none);
      }),
      ...(layer?.end === undefined ? [] : emptyHalves(module, plan, layer.end)),
    ],
  };
}

/** No weight of the layer lies at or behind its end, so halves that hold what is there hold none of it. */
function emptyHalves(
  { i32, global }: binaryen.Module,
  { halves }: StreamPlan,
  layerEnd: number,
): readonly binaryen.ExpressionRef[] {
  const end = () => i32.const(streamed | layerEnd | 0);
  return [
    global.set(globals.tag, end()),
    global.set(globals.other, end()),
    global.set(globals.half, i32.const(halves.address)),
    global.set(globals.end, end()),
  ];
}

/**
 * `locate(address)`: where a weight lies in linear memory that is not in the half used last. An address without the bit is
 * one in linear memory. Otherwise the other half becomes the one used last, and is filled from the weight on where it does
 * not hold it.
 */
function addLocate(module: binaryen.Module, { halves }: StreamPlan): void {
  const { i32, local, global } = module;
  const address = () => local.get(0, binaryen.i32);
  const get = (name: string) => global.get(name, binaryen.i32);
  const intoHalf = () => i32.sub(address(), get(globals.tag));
  const rest = () => i32.sub(get(globals.end), get(globals.tag));
  const fill = module.block(null, [
    // Weights start at a multiple of 16 in weights.bin, and halves must not move what is aligned.
    global.set(globals.tag, i32.and(address(), i32.const(-16))),
    module.call(
      readWeights,
      [
        get(globals.half),
        i32.and(get(globals.tag), i32.const(~streamed)),
        module.select(i32.lt_u(rest(), i32.const(halves.bytes)), rest(), i32.const(halves.bytes)),
      ],
      binaryen.none,
    ),
  ]);
  const body = module.block(
    null,
    [
      module.if(i32.ge_s(address(), i32.const(0)), module.return(address())),
      local.set(1, get(globals.tag)),
      global.set(globals.tag, get(globals.other)),
      global.set(globals.other, local.get(1, binaryen.i32)),
      global.set(
        globals.half,
        i32.sub(i32.const(2 * halves.address + halves.bytes), get(globals.half)),
      ),
      module.if(i32.ge_u(intoHalf(), i32.const(halves.bytes)), fill),
      i32.add(get(globals.half), intoHalf()),
    ],
    binaryen.i32,
  );
  module.addFunction('locate', binaryen.i32, binaryen.i32, [binaryen.i32], body);
}
