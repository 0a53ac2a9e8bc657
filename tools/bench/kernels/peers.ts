// What `npm run setup:peers` puts into tools/peers, and the little of its types that is used here: the packages need not
// be there for the rest to compile and run.
import { createRequire } from 'node:module';

/** A tensor of onnxruntime. */
export interface OrtTensor {
  readonly data: Int8Array | Uint8Array;
}

/** The part of onnxruntime-common that both of its engines share. */
export interface Onnxruntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (
    type: 'int8' | 'uint8',
    data: Int8Array | Uint8Array,
    shape: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OrtSession>;
  };
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** The part of onnx-proto that writes models. */
export interface OnnxProto {
  readonly onnx: {
    readonly ModelProto: {
      create(properties: object): unknown;
      encode(message: unknown): { finish(): Uint8Array };
    };
  };
}

const resolve = createRequire(new URL('../../peers/package.json', import.meta.url));

/** A package of tools/peers, or undefined where it is not installed. */
export function loadPeer<T>(name: string): T | undefined {
  try {
    return resolve(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
