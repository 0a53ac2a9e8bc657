import { existsSync } from 'node:fs';
import { artifact } from '../build-folder.ts';
import { compile } from '../compile/compile.ts';
import type { PortDescription } from '../compile/description.ts';
import type { Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { graphExtension } from '../graph/files.ts';
import { elementCount, type Graph, isQuantized } from '../graph/types.ts';
import { countParameters } from '../graph/weights.ts';
import { isGraphFile, openGraph, tfliteExtension } from '../import/open-graph.ts';
import { resolveGraph } from '../ops/support/context.ts';
import { loadModelFile } from '../runtime/load-file.ts';
import { type LoadedModel, loadModel } from '../runtime/model.ts';
import { evaluateFloat } from '../train/train.ts';
import { classesOf, inferAll } from './predict.ts';

/** A model that answers for samples, wherever it comes from. */
export interface Classifier {
  readonly kind: 'float' | 'int8';
  /** How many classes it tells apart. */
  readonly classes: number;
  /** The class of each sample. */
  classify(samples: Samples): Uint8Array;
}

/** A build folder or a model file, opened: its classifiers and what it costs. */
export interface OpenedModel {
  readonly name: string;
  readonly parameters: number;
  readonly macs: number;
  /** Of the int8 model's input; of a float32 one scale and zero point are those of the int8 tensor that it becomes. */
  readonly input?: Pick<PortDescription, 'dtype' | 'scale' | 'zeroPoint'>;
  readonly float?: Classifier;
  readonly int8?: Classifier;
}

/**
 * Opens a build folder (float graph, and v128 module or else int8 graph, whichever are there), a graph (.wick.json or
 * .tflite, float or int8), or a compiled module (.wasm). Throws a WickError where there is nothing to open.
 */
export async function openModel(path: string): Promise<OpenedModel> {
  if (path.endsWith('.wasm')) return fromModule(await loadModelFile(path), path);
  if (isGraphFile(path)) return await fromGraph(await openGraph(path), path);
  const graph = artifact(path, 'floatGraph');
  // A folder that is quantized but not compiled yet has an int8 graph only.
  const int8 = [artifact(path, 'simdWasm'), artifact(path, 'int8Graph')].find((file) =>
    existsSync(file),
  );
  const opened: OpenedModel[] = [];
  if (existsSync(graph)) opened.push(await openModel(graph));
  if (int8 !== undefined) opened.push(await openModel(int8));
  const [first] = opened;
  if (first === undefined) {
    throw new WickError({
      what: 'no model there',
      where: path,
      expected: `a build folder, or a ${graphExtension}, ${tfliteExtension} or .wasm file`,
      hint: "make one with 'wick train' and 'wick compile', or 'wick demo'",
    });
  }
  return { ...first, ...opened[1] };
}

function fromModule(model: LoadedModel, path: string): OpenedModel {
  const { name, parameters, macs, inputs, outputs } = model.description;
  const [input] = inputs;
  return {
    name,
    parameters,
    macs,
    ...(input && { input }),
    int8: {
      kind: 'int8',
      classes: elementCount(outputs[0]?.shape ?? []),
      classify: (samples) => classesOf(inferAll(model, samples, path), samples.count),
    },
  };
}

async function fromGraph(graph: Graph, path: string): Promise<OpenedModel> {
  if (isQuantized(graph)) {
    return fromModule(await loadModel(compile(graph).simdWasm, path), path);
  }
  return {
    name: graph.name,
    parameters: countParameters(graph),
    macs: resolveGraph(graph).reduce((sum, { op, context }) => sum + op.macs(context), 0),
    float: {
      kind: 'float',
      classes: elementCount(graph.tensors.get(graph.outputs[0] ?? '')?.shape ?? []),
      classify: (samples) => classesOf(evaluateFloat(graph, samples), samples.count),
    },
  };
}
