import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { abiVersion } from '../compile/description.ts';
import { stringLiteral } from '../compile/header.ts';
import type { WriteModel } from '../firmware/engines.ts';
import type { Graph } from '../graph/types.ts';
import { writeFiles } from '../write-files.ts';
import { modelSha256 } from './identity.ts';
import type { Checks } from './kernels.ts';
import { type NativeModel, nativeFiles, translateModel } from './model.ts';

/** What the firmware's engine knows of the model, beside the files that any firmware can use. */
const descriptionFile = 'wick_description.c';

/** Writes a model's C for the firmware's engine `native`. */
export const writeNativeModel: WriteModel = async (graph, directory, { checks, optimize }) => {
  const model = translateModel(graph, { checks, optimize });
  const description = renderDescription(graph, model, checks);
  await writeFiles(directory, new Map([...model.files, [descriptionFile, description]]));
  return {
    arenaBytes: model.description.arenaBytes,
    memoryBytes: model.memoryBytes,
    weightsBytes: model.weights.length,
    codeFiles: [nativeFiles.code, descriptionFile],
  };
};

/** `struct wick_description` of firmware/engine/engine.h. */
function renderDescription(graph: Graph, model: NativeModel, checks: Checks): string {
  const { weights, memoryBytes, inputs, outputs, layers } = model;
  const { name, arenaBytes } = model.description;
  const hash = (hex: string) =>
    `{${(hex.match(/../g) ?? []).map((byte) => `0x${byte}`).join(', ')}}`;
  const sizes = (regions: typeof inputs) => regions.map(({ bytes }) => `${bytes}u`).join(', ');
  return `/* Written by wick. */
#include "wick_native.h"

const uint32_t wick_input_bytes[] = {${sizes(inputs)}};
const uint32_t wick_output_bytes[] = {${sizes(outputs)}};

const struct wick_description wick_native_description = {
    .engine = "native",
    .model = ${stringLiteral(name)},
    .model_sha256 = ${hash(modelSha256(graph))},
    .weights = wick_weights,
    .weights_bytes = ${weights.length}u,
    .weights_crc32 = ${crc32(weights)}u,
    .weights_sha256 = ${hash(createHash('sha256').update(weights).digest('hex'))},
    .abi_version = ${abiVersion}u,
    .arena_bytes = ${arenaBytes}u,
    .memory_bytes = ${memoryBytes}u,
    .inputs = ${inputs.length}u,
    .outputs = ${outputs.length}u,
    .layers = ${layers.length}u,
    .checks = "${checks}",
};
`;
}
