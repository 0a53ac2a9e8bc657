import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeFlatBuffer } from '../../../src/export/tflite/flatbuffer.ts';
import { checkGraph } from '../../../src/graph/check.ts';
import { importTflite } from '../../../src/import/tflite/import.ts';
import { metadataSchema } from '../../../src/import/tflite/labels.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import {
  int8,
  type ModelFixture,
  numbers,
  type OperatorFixture,
  oneOperator,
  smallModel,
  type TensorFixture,
  tfliteFile,
} from '../../support/tflite.ts';
import { bias, toY, weights } from '../../support/tflite-cases/case.ts';
import { convolutionModel, floatModel, shapeModel } from '../../support/tflite-models.ts';
import { thrownMessage } from '../../support/thrown.ts';
import { zipArchive } from '../../support/zip.ts';

const importFixture = (fixture: ModelFixture) =>
  importTflite(tfliteFile(fixture), 'fixture', 'fixture.tflite');

describe('an imported model', () => {
  it('keeps the names of its file, inputs, outputs and quantization', () => {
    const { graph, tensorNames } = importFixture(convolutionModel);
    expect(graph).toMatchObject({ name: 'fixture', inputs: ['x'], outputs: ['y'] });
    expect(graph.labels).toBeUndefined();
    expect(tensorNames).toEqual(Object.keys(convolutionModel.tensors));
    expect(graph.tensors.get('w2')).toEqual({
      name: 'w2',
      shape: [1, 3, 3, 4],
      dtype: 'int8',
      quantization: { scale: [0.25, 0.25, 0.25, 0.25], zeroPoint: [0, 0, 0, 0], axis: 3 },
      data: new Int8Array(36),
    });
    expect(graph.nodes.map(({ name }) => name)).toEqual([
      'conv2d_0',
      'depthwise_conv2d_1',
      'add_2',
      'max_pool2d_3',
      'mean_4',
      'dense_5',
      'softmax_6',
    ]);
  });

  it('has the values that its operators give', () => {
    const { graph } = importFixture(shapeModel);
    const [x, z] = [1, 25].map((first) => Int8Array.from({ length: 24 }, (_, i) => first + i));
    const values = createReference(graph)([x as Int8Array, z as Int8Array]);
    // Rows 1 and 3 of both, side by side, with a border of zeros: left halves, then right ones.
    const zero = [0, 0, 0, 0];
    const rows = [7, 31, 19, 43];
    expect([...(values.get('y1') ?? [])]).toEqual([
      ...[...zero, ...zero],
      ...rows.flatMap((first) => [0, 1, 2, 3].map((i) => first + i)),
      ...[...zero, ...zero],
    ]);
    expect([...(values.get('y2') ?? [])]).toEqual([
      ...[...zero, ...zero],
      ...rows.flatMap((first) => [first + 4, first + 5, 0, 0]),
      ...[...zero, ...zero],
    ]);
  });

  it('may be float, with weights of float16', () => {
    const { graph } = importFixture(floatModel);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['dense', 'logistic']);
    expect(graph.tensors.get('w')?.data).toEqual(Float32Array.of(1, 0, 0, -1, 0, 2, 0, 0));
    expect(() => checkGraph(graph, 'graph')).not.toThrow();
  });

  it('has weights of four bits, two a byte in the file', () => {
    const packed = [0x21, 0xf3 - 256];
    const { graph } = importFixture(
      oneOperator(toY('FULLY_CONNECTED', ['x', 'w', ''], {}), {
        x: int8([1, 3]),
        w: { shape: [1, 3], type: 'INT4', scale: [0.5], data: packed },
        y: int8([1, 1]),
      }),
    );
    expect(graph.tensors.get('w')).toMatchObject({ dtype: 'int4', data: Int8Array.of(1, 2, 3) });
  });

  it('gets names of its own where the file has the same twice, or none', () => {
    const named = (name: string): TensorFixture => ({ ...int8([1, 2]), name });
    const { graph, tensorNames } = importFixture({
      tensors: { x: named('t'), y: named('t'), z: named('') },
      operators: [
        { op: 'RELU', inputs: ['x'], outputs: ['y'] },
        { op: 'RELU', inputs: ['y'], outputs: ['z'] },
      ],
      inputs: ['x'],
      outputs: ['z'],
    });
    expect(tensorNames).toEqual(['t', 't#1', 'tensor_2']);
    expect(graph.outputs).toEqual(['tensor_2']);
  });

  it('gives tensors between two of the file names that none of these has', () => {
    const fixture = oneOperator(toY('FULLY_CONNECTED', ['x', 'w', ''], {}), {
      x: { ...int8([1, 1, 1, 2]), name: 'x' },
      w: { ...weights([2, 2], 0), name: 'x/1' },
      y: int8([1, 2]),
    });
    const { graph } = importFixture(fixture);
    expect(graph.nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([
      ['reshape', 'x'],
      ['dense', 'x/2', 'x/1'],
    ]);
  });

  it('has biases that are quantized along their only axis', () => {
    const { graph } = importFixture(
      oneOperator(toY('FULLY_CONNECTED', ['x', 'w', 'b'], {}), {
        x: int8([1, 2]),
        w: weights([2, 2], 0),
        b: { ...bias(2), scale: [0.125, 0.125], axis: 3 },
        y: int8([1, 2]),
      }),
    );
    expect(graph.tensors.get('b')?.quantization?.axis).toBe(0);
  });

  it('has a batch of 1 where the file leaves it open', () => {
    const open = { ...int8([-1, 2]), shapeSignature: [-1, 2] };
    const { graph } = importFixture(
      oneOperator(toY('RELU', ['x']), { x: open, y: { ...open, shape: [0, 2] } }),
    );
    expect(graph.tensors.get('x')?.shape).toEqual([1, 2]);
  });

  it('may keep its constants behind the FlatBuffer', () => {
    const model = oneOperator(toY('ADD', ['x', 'c'], {}), {
      x: int8([1, 3]),
      c: int8([3], 0.5, 0, [7, 8, 9]),
      y: int8([1, 3]),
    });
    const withOffset = (offset: number) =>
      tfliteFile({ ...model, model: { buffers: [{}, {}, { offset, size: 3 }, {}] } });
    const { length } = withOffset(1000);
    const bytes = new Uint8Array(length + 3);
    bytes.set(withOffset(length));
    bytes.set([7, 8, 9], length);
    const { graph } = importTflite(bytes, 'fixture', 'fixture.tflite');
    expect(graph.tensors.get('c')?.data).toEqual(Int8Array.of(7, 8, 9));
    expect(
      thrownMessage(() => importTflite(bytes.subarray(0, -1), 'fixture', 'fixture.tflite')),
    ).toContain('fixture.tflite, tensor 1: constant lies outside of the file');
  });
});

describe("a model's labels", () => {
  const metadata = (name: string) =>
    writeFlatBuffer(
      metadataSchema,
      {
        subgraphMetadata: [{ outputTensorMetadata: [{ associatedFiles: [{ name, type: 2 }] }] }],
      },
      'M001',
    );
  const withMetadata = (bytes: Uint8Array): Uint8Array =>
    tfliteFile({
      ...smallModel,
      model: {
        buffers: [{}, {}, {}, { data: bytes }],
        metadata: [{ name: 'TFLITE_METADATA', buffer: 3 }],
      },
    });
  const labelsOf = (archive: Uint8Array, name = 'labels.txt') => {
    const bytes = Uint8Array.from([...withMetadata(metadata(name)), ...archive]);
    return importTflite(bytes, 'fixture', 'fixture.tflite').graph.labels;
  };
  const text = new TextEncoder().encode('cat\ndog\n');

  it('are the lines of the file that its metadata names', () => {
    expect(labelsOf(zipArchive('labels.txt', text, 0))).toEqual(['cat', 'dog']);
    expect(labelsOf(zipArchive('labels.txt', deflateRawSync(text), 8))).toEqual(['cat', 'dog']);
  });

  it('may be blank; blank lines behind the last are none', () => {
    const labels = (lines: string) =>
      labelsOf(zipArchive('labels.txt', new TextEncoder().encode(lines), 0));
    expect(labels('cat\n\n')).toEqual(['cat', '']);
    expect(labels('cat\r\ndog\r\n\r\n \n')).toEqual(['cat', 'dog']);
  });

  it('are none where there is no such file, or not a line for each class', () => {
    expect(labelsOf(new Uint8Array(0))).toBeUndefined();
    expect(labelsOf(zipArchive('labels.txt', text, 0), 'other.txt')).toBeUndefined();
    expect(labelsOf(zipArchive('labels.txt', text.subarray(0, 3), 0))).toBeUndefined();
  });

  it.each([
    ['stored', 0, (content: Uint8Array) => content],
    ['deflated', 8, deflateRawSync],
  ] as const)('may take a MiB and no more (%s)', (_, method, pack) => {
    const lines = new Uint8Array(2 ** 20 + 1).fill(0x61);
    const archive = (bytes: number) =>
      zipArchive('labels.txt', pack(lines.subarray(0, bytes)), method);
    expect(labelsOf(archive(2 ** 20))).toBeUndefined();
    expect(thrownMessage(() => labelsOf(archive(2 ** 20 + 1)))).toBe(
      'fixture.tflite, labels.txt: file in the archive is too large: expected at most 1048576 bytes',
    );
  });

  it('are refused where metadata or archive are damaged', () => {
    expect(thrownMessage(() => labelsOf(zipArchive('labels.txt', text, 8)))).toContain(
      'fixture.tflite, labels.txt: packed file is damaged',
    );
    expect(thrownMessage(() => labelsOf(zipArchive('labels.txt', text, 12)))).toContain(
      'file is packed in a way that is not supported: expected method 0 (stored) or 8 (deflated), received 12',
    );
    expect(
      thrownMessage(() => importTflite(withMetadata(text), 'fixture', 'fixture.tflite')),
    ).toContain('fixture.tflite, TFLITE_METADATA: not a file of this kind');
  });
});

describe('what cannot be imported', () => {
  const refuses = (title: string, fixture: ModelFixture, message: string) =>
    it(`is ${title}`, () => {
      expect(thrownMessage(() => importFixture(fixture))).toBe(`fixture.tflite${message}`);
    });
  const row = int8([1, 3]);
  const one = (operator: OperatorFixture, tensors: ModelFixture['tensors']) =>
    oneOperator(operator, tensors);

  refuses(
    'an operator that wick has not',
    one({ ...toY('GATHER', ['x', 'i']), version: 2 }, { x: row, i: numbers(0), y: row }),
    ", operator 0 (GATHER, version 2), which makes 'y': operator is not supported: received no options; pick fixed places with SLICE or STRIDED_SLICE",
  );
  refuses(
    'a custom operator',
    one({ ...toY('CUSTOM', ['x']), customCode: 'MyOp' }, { x: row, y: row }),
    ", operator 0 (CUSTOM 'MyOp', version 1), which makes 'y': operator is not supported: received no options; custom operators are not supported: write the layer with built-in ones, or convert without SELECT_TF_OPS",
  );
  refuses(
    'control flow, and it says with which options',
    one(
      { ...toY('WHILE', ['x'], { condSubgraphIndex: 1, bodySubgraphIndex: 2 }), optionsType: 93 },
      { x: row, y: row },
    ),
    `, operator 0 (WHILE, version 1), which makes 'y': operator is not supported: received WhileOptions {"condSubgraphIndex":1,"bodySubgraphIndex":2}; control flow is not supported: unroll the loop before converting`,
  );
  refuses(
    'a graph quantized to uint8',
    one(toY('RELU', ['x']), { x: { ...row, type: 'UINT8' }, y: { ...row, type: 'UINT8' } }),
    ": tensor 'x' has a type that is not supported: expected INT8 or FLOAT32, received UINT8; this is the old quantization to uint8, whose arithmetic is another one; convert the model again, to int8 (TFLITE_BUILTINS_INT8), inputs and outputs too",
  );
  refuses(
    'a shape that is left open',
    one(toY('RELU', ['x']), { x: { ...row, shapeSignature: [-1, -1] }, y: row }),
    ": input 'x' has a shape that is left open: expected a fixed shape; only the batch, its first axis, may be open, and is 1 then, received ?x?; convert the model again with fixed input shapes",
  );
  refuses(
    'a batch of several',
    one(toY('CONV_2D', ['x', 'w', 'b'], { padding: 0, strideH: 1, strideW: 1 }), {
      x: int8([2, 4, 4, 1]),
      w: weights([1, 1, 1, 1], 0),
      b: bias(1),
      y: int8([2, 4, 4, 1]),
    }),
    `, operator 0 (CONV_2D, version 1), which makes 'y': input is not one image: expected shape 1xHxWxC, received 2x4x4x1; the operator has Conv2DOptions {"padding":0,"strideW":1,"strideH":1,"fusedActivationFunction":0,"dilationWFactor":1,"dilationHFactor":1,"quantizedBiasType":0}`,
  );
  refuses(
    'an activation that no op carries along',
    one(toY('ADD', ['x', 'z'], { fusedActivationFunction: 4 }), { x: row, z: row, y: row }),
    ", operator 0 (ADD, version 1), which makes 'y': fused activation is not supported: expected NONE, RELU, RELU_N1_TO_1, RELU6, received TANH; make the activation a layer of its own",
  );
  it('is a constant to quantize', () => {
    const fixture: ModelFixture = {
      tensors: { c: { shape: [1, 3], data: [1, 2, 3] }, x: row, q: row, y: row },
      operators: [
        { op: 'QUANTIZE', inputs: ['c'], outputs: ['q'] },
        { op: 'ADD', inputs: ['x', 'q'], outputs: ['y'] },
      ],
      inputs: ['x'],
      outputs: ['y'],
    };
    expect(thrownMessage(() => importFixture(fixture))).toContain(
      "fixture.tflite, operator 0 (QUANTIZE, version 1), which makes 'q': ",
    );
  });
  refuses(
    'weights of 8 bits between float activations',
    one(toY('FULLY_CONNECTED', ['x', 'w', ''], {}), {
      x: { shape: [1, 2] },
      w: int8([1, 2], 0.5, 0, [1, 2]),
      y: { shape: [1, 1] },
    }),
    ", operator 0 (FULLY_CONNECTED, version 1), which makes 'y': 'w' has another type than the operator's other tensors: expected float32, received int8; weights of 8 bits between float activations (dynamic range quantization) are not supported: convert the model to float32, then run 'wick quantize', or to int8 in full",
  );
  refuses(
    'weights quantized along another axis',
    one(toY('FULLY_CONNECTED', ['x', 'w', ''], {}), {
      x: int8([1, 2]),
      w: weights([2, 2], 1),
      y: int8([1, 2]),
    }),
    `, operator 0 (FULLY_CONNECTED, version 1), which makes 'y': weights 'w' are quantized along another axis than their output channels: expected axis 0, received 1; the operator has FullyConnectedOptions {"fusedActivationFunction":0,"weightsFormat":0,"keepNumDims":false,"asymmetricQuantizeInputs":false,"quantizedBiasType":0}`,
  );
  refuses(
    'a size that is known only when the model runs',
    one(toY('RESIZE_BILINEAR', ['x', 's'], {}), {
      x: int8([1, 2, 2, 1]),
      s: { shape: [2], type: 'INT32' },
      y: int8([1, 4, 4, 1]),
    }),
    ", operator 0 (RESIZE_BILINEAR, version 1), which makes 'y': 's' is not known before the model runs: expected a constant, INT32 or INT64, received an activation (INT32); convert the model again with fixed shapes",
  );
  refuses(
    'options of another operator',
    one({ ...toY('ADD', ['x', 'z'], {}), optionsType: 21 }, { x: row, z: row, y: row }),
    ", operator 0 (ADD, version 1), which makes 'y': options belong to another operator: expected AddOptions, received MulOptions",
  );
  refuses(
    'a quantization that the op cannot give',
    one(toY('SOFTMAX', ['x'], { beta: 1 }), { x: row, y: row }),
    `, operator 0 (SOFTMAX, version 1), which makes 'y': output 'y' has another quantization than the op gives: expected scale ${1 / 256}, zero point -128, received scale 0.5, zero point 0; the operator has SoftmaxOptions {"beta":1}`,
  );
  refuses(
    'two graphs in one model',
    { ...smallModel, model: { subgraphs: [{}, {}] } },
    ': wrong number of graphs in the model: expected 1, received 2; export one signature, without control flow',
  );
  refuses(
    'another version of the format',
    { ...smallModel, model: { version: 2 } },
    ': file is of another version of the format: expected 3, received 2',
  );
});
