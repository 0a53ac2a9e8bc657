import { compile } from '../compile/compile.ts';
import type { ModelDescription } from '../compile/description.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, byteLength, type Graph, tensorArrays } from '../graph/types.ts';
import { modelSha256 } from '../native/identity.ts';
import { type LoadedModel, loadModel } from '../runtime/model.ts';
import type { Device } from './device.ts';
import { status, statusError } from './status.ts';

/** What a device should hold: the same graph, compiled for the host. */
export interface HostModel {
  readonly description: ModelDescription;
  readonly model: LoadedModel;
  /** What a device says of its model, see {@link modelSha256}. */
  readonly sha256: string;
}

/** Compiles the graph that a firmware was built of for this host. Throws a WickError where it cannot be compiled. */
export async function openHostModel(graph: Graph): Promise<HostModel> {
  const { simdWasm, description } = compile(graph);
  const model = await loadModel(simdWasm, graph.name);
  return { description, model, sha256: modelSha256(graph) };
}

/**
 * Makes sure that a device can be held to a host's model: it has loaded the same one. Throws a WickError where it has not.
 */
export async function expectSameModel(device: Device, host: HostModel): Promise<void> {
  const { where, identity } = device;
  if (identity.loadStatus !== status.ok) throw statusError(identity.loadStatus, 'load', where);
  const label = (name: string, sha256: string) => `'${name}' (${sha256.slice(0, 12)}…)`;
  const { name, inputs, outputs } = host.description;
  if (identity.modelSha256 !== host.sha256) {
    throw new WickError({
      what: 'device holds another model',
      where,
      expected: label(name, host.sha256),
      received: label(identity.model, identity.modelSha256),
      hint: 'name its build folder, or build the firmware again and flash it',
    });
  }
  const found = await device.ports();
  const describe = (ins: readonly number[], outs: readonly number[]) =>
    `inputs of ${ins.join(', ')} and outputs of ${outs.join(', ')} bytes`;
  const expected = describe(inputs.map(byteLength), outputs.map(byteLength));
  const received = describe(found.inputs, found.outputs);
  if (expected === received) return;
  throw new WickError({ what: 'device has other ports', where, expected, received });
}

/** What a device makes of these inputs, and the ticks that it takes. */
export async function inferOn(
  device: Device,
  { description }: HostModel,
  inputs: readonly ActivationData[],
): Promise<{ readonly outputs: readonly ActivationData[]; readonly ticks: number }> {
  await writeInputs(device, inputs);
  const ticks = await device.infer();
  const outputs: ActivationData[] = [];
  for (const [index, port] of description.outputs.entries()) {
    const bytes = await device.readOutput(index, byteLength(port));
    outputs.push(new tensorArrays[port.dtype](bytes.buffer as ArrayBuffer));
  }
  return { outputs, ticks };
}

/** Writes all inputs of a device. */
export async function writeInputs(
  device: Device,
  inputs: readonly ActivationData[],
): Promise<void> {
  for (const [index, { buffer, byteOffset, byteLength }] of inputs.entries()) {
    await device.writeInput(index, new Uint8Array(buffer, byteOffset, byteLength));
  }
}
