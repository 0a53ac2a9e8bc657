import { type Engine, type Session, timeRuns } from './engine.ts';
import type { LayerInstance } from './instance.ts';
import { type ActivationType, buildModel, type OnnxModel, toActivationType } from './onnx.ts';
import { loadPeer, type OnnxProto, type Onnxruntime, type OrtTensor } from './peers.ts';

/** The name under which each package registers its backend. */
const providers = { 'onnxruntime-node': 'cpu', 'onnxruntime-web': 'wasm' } as const;

/** So many layers in a run that the run's own cost is small beside theirs. */
const copiesOf = ({ work }: LayerInstance) => (work.count < 20_000 ? 64 : 16);
const roundMilliseconds = 4;

interface Backend {
  readonly runtime: Onnxruntime;
  readonly provider: string;
}

interface Runner {
  run(): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

async function createRunner(
  { runtime, provider }: Backend,
  { bytes, inputCount }: OnnxModel,
  instance: LayerInstance,
  type: ActivationType,
): Promise<Runner> {
  const session = await runtime.InferenceSession.create(bytes, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  const { inputs, layer } = instance;
  const feeds = Object.fromEntries(
    Array.from({ length: inputCount }, (_, i) => {
      const index = i % inputs.length;
      const values = toActivationType(inputs[index] as Int8Array, type);
      return [`x${i}`, new runtime.Tensor(type, values, layer.inputs[index] as readonly number[])];
    }),
  );
  return { run: () => session.run(feeds), release: () => session.release() };
}

async function openSession(
  backend: Backend,
  proto: OnnxProto,
  instance: LayerInstance,
  type: ActivationType,
): Promise<Session> {
  const copies = copiesOf(instance);
  const open = (options: { copies: number; layer: boolean; whole?: boolean }) =>
    createRunner(backend, buildModel(proto, instance, { type, ...options }), instance, type);
  const single = await open({ copies: 1, layer: true, whole: true });
  const many = await open({ copies, layer: true });
  const none = await open({ copies, layer: false });
  return {
    async output() {
      const [{ data }] = Object.values(await single.run()) as [OrtTensor];
      return Int8Array.from(data, (value) => (type === 'int8' ? value : value - 128));
    },
    layersPerRun: copies,
    async round() {
      const run = await timeRuns(many.run, roundMilliseconds);
      return { run, besides: await timeRuns(none.run, roundMilliseconds) };
    },
    async close() {
      for (const runner of [single, many, none]) await runner.release();
    },
  };
}

/** An engine of ONNX Runtime: its package, and the types of activations of which the faster one counts. */
interface Choice {
  readonly name: string;
  readonly package: keyof typeof providers;
  readonly types: readonly ActivationType[];
}

/** Its kernels for signed activations are others than those for unsigned ones, which have VNNI where the CPU has. */
export const onnxruntimeChoices: readonly Choice[] = [
  { name: 'onnxruntime-web', package: 'onnxruntime-web', types: ['uint8', 'int8'] },
  { name: 'onnxruntime-node', package: 'onnxruntime-node', types: ['uint8', 'int8'] },
  { name: 'onnxruntime-node-s8', package: 'onnxruntime-node', types: ['int8'] },
];

/**
 * ONNX Runtime on one thread; undefined where its package is not installed. What a run costs besides its layers (the
 * call, copies of inputs and outputs) is not counted.
 */
export function onnxruntimeEngine(choice: Choice): Engine | undefined {
  // Both packages share one registry of backends, and both offer one called `cpu`: the first to come has it.
  loadPeer('onnxruntime-node');
  const runtime = loadPeer<Onnxruntime>(choice.package);
  const proto = loadPeer<OnnxProto>('onnx-proto');
  if (runtime === undefined || proto === undefined) return undefined;
  runtime.env.wasm.numThreads = 1;
  const backend = { runtime, provider: providers[choice.package] };
  return {
    name: choice.name,
    open: (instance) =>
      Promise.all(choice.types.map((type) => openSession(backend, proto, instance, type))),
  };
}
