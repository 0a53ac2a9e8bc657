import { type Engine, type Session, timeRuns } from './engine.ts';
import type { LayerInstance } from './instance.ts';
import { type ActivationType, buildModel, type OnnxModel, toActivationType } from './onnx.ts';
import { loadPeer, type OnnxProto, type Onnxruntime, type OrtTensor } from './peers.ts';

/** The name under which each package registers its backend. */
const providers = { 'onnxruntime-node': 'cpu', 'onnxruntime-web': 'wasm' } as const;

/** So many that a run's own cost is small beside the layers'. */
const copies = 16;
const partMilliseconds = 2;

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
    async round() {
      // A difference doubles noise, which only ever adds time: of three tries the shortest counts.
      let withLayers = Number.POSITIVE_INFINITY;
      let without = Number.POSITIVE_INFINITY;
      for (let part = 0; part < 3; part++) {
        withLayers = Math.min(withLayers, await timeRuns(many.run, partMilliseconds));
        without = Math.min(without, await timeRuns(none.run, partMilliseconds));
      }
      return (withLayers - without) / copies;
    },
    async close() {
      for (const runner of [single, many, none]) await runner.release();
    },
  };
}

/**
 * ONNX Runtime on one thread, by the name of its package; undefined where it is not installed. What a run costs besides
 * its layers (the call, copies of inputs and outputs) is not counted.
 */
export function onnxruntimeEngine(name: keyof typeof providers): Engine | undefined {
  // Both packages share one registry of backends, and both offer one called `cpu`: the first to come has it.
  loadPeer('onnxruntime-node');
  const runtime = loadPeer<Onnxruntime>(name);
  const proto = loadPeer<OnnxProto>('onnx-proto');
  if (runtime === undefined || proto === undefined) return undefined;
  runtime.env.wasm.numThreads = 1;
  const backend = { runtime, provider: providers[name] };
  return {
    name,
    open: (instance) =>
      Promise.all(
        (['uint8', 'int8'] as const).map((type) => openSession(backend, proto, instance, type)),
      ),
  };
}
