import { expect } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { elementCount, type Graph, type Tensor } from '../../src/graph/types.ts';
import { findOp, resolveGraph } from '../../src/ops/support/context.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { quantized, randomInputs } from './networks.ts';
import { normal } from './normal.ts';

/** A layer over one activation, with parameters drawn from a seed. */
export interface LayerOptions {
  readonly op: string;
  readonly attributes: object;
  readonly inputShape: readonly number[];
  readonly weightShape: readonly number[];
  /** How many values the bias has; without it there is no bias. */
  readonly biasCount?: number;
  readonly seed: number;
}

/** An int8 graph of one node, `layer`, from `x` to `y`, quantized over random inputs. */
export function quantizedLayer(options: LayerOptions): Graph {
  const random = createRandom(options.seed);
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[], data?: Float32Array): string => {
    tensors.set(name, { name, shape, dtype: 'float32', ...(data === undefined ? {} : { data }) });
    return name;
  };
  const constant = (name: string, shape: readonly number[]): string =>
    add(
      name,
      shape,
      Float32Array.from({ length: elementCount(shape) }, () => normal(random)),
    );
  const inputs = [add('x', options.inputShape), constant('weights', options.weightShape)];
  if (options.biasCount !== undefined) inputs.push(constant('bias', [options.biasCount]));
  const { op, attributes } = options;
  const [shape] = findOp(op, 'layer').inferShapes({
    name: 'layer',
    op,
    attributes,
    inputs: inputs.map((name) => tensors.get(name) as Tensor),
  });
  add('y', shape ?? []);
  const nodes = [{ name: 'layer', op, attributes, inputs, outputs: ['y'] }];
  return quantized({ name: 'single', tensors, nodes, inputs: ['x'], outputs: ['y'] });
}

/** The real values that quantized ones stand for. */
function dequantized({ shape, quantization }: Tensor, values: ArrayLike<number>): Float32Array {
  const { scale = [], zeroPoint = [], axis = 0 } = quantization ?? {};
  const stride = elementCount(shape.slice(axis + 1));
  return Float32Array.from({ length: values.length }, (_, index) => {
    const channel = scale.length === 1 ? 0 : Math.floor(index / stride) % scale.length;
    return (
      ((values[index] as number) - (zeroPoint[channel] as number)) * (scale[channel] as number)
    );
  });
}

/** The int8 reference of a one-node graph gives what its float reference gives on the same real values, to a step. */
export function expectNearFloat(graph: Graph): void {
  const [input] = randomInputs(graph, createRandom(3)) as [Int8Array];
  const actual = createReference(graph)([input]).get('y') as Int8Array;
  const [{ op, context }] = resolveGraph(graph) as [ReturnType<typeof resolveGraph>[number]];
  const operands = context.inputs.map((tensor) => dequantized(tensor, tensor.data ?? input));
  const wanted = op.referenceFloat(context, operands);
  const { scale = [], zeroPoint = [] } = graph.tensors.get('y')?.quantization ?? {};
  expect(actual.length).toBe(wanted.length);
  expect(new Set(actual).size).toBeGreaterThan(1);
  actual.forEach((value, index) => {
    const steps = (wanted[index] as number) / (scale[0] as number) + (zeroPoint[0] as number);
    const saturated = Math.min(127, Math.max(-128, steps));
    expect(Math.abs(value - saturated), `index ${index}`).toBeLessThanOrEqual(1);
  });
}

/** Compiled, with its constants folded into the kernels, a graph gives the reference's bytes in both modules. */
export async function expectCompiledEqual(graph: Graph): Promise<void> {
  const reference = createReference(graph);
  const random = createRandom(4);
  for (const optimize of ['size', 'speed'] as const) {
    const { wasm, simdWasm } = compile(graph, { optimize });
    for (const bytes of [wasm, simdWasm]) {
      const model = await loadModel(bytes);
      for (let run = 0; run < 3; run++) {
        const inputs = randomInputs(graph, random);
        const values = reference(inputs);
        expect(model.infer(inputs)).toEqual(graph.outputs.map((name) => values.get(name)));
      }
    }
  }
}

/**
 * Compiled, a stateful graph gives the reference's bytes over several inferences: of a fresh instance, and after a reset
 * in the middle of a sequence.
 */
export async function expectCompiledSequence(graph: Graph): Promise<void> {
  const reference = createReference(graph);
  const random = createRandom(4);
  for (const optimize of ['size', 'speed'] as const) {
    const { wasm, simdWasm } = compile(graph, { optimize });
    for (const [name, bytes] of Object.entries({ wasm, simdWasm })) {
      const model = await loadModel(bytes);
      reference.reset();
      for (const steps of [5, 3]) {
        for (let step = 0; step < steps; step++) {
          const inputs = randomInputs(graph, random);
          const values = reference(inputs);
          const expected = graph.outputs.map((output) => values.get(output));
          expect(model.infer(inputs), `${name}, step ${step} of ${steps}`).toEqual(expected);
        }
        model.reset();
        reference.reset();
      }
    }
  }
}
