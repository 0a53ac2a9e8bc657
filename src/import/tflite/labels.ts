import { field } from './fields.ts';
import { readFlatBuffer } from './flatbuffer.ts';
import type { ModelTable } from './schema.ts';
import { readZipped } from './zip.ts';

const { scalar, tables, text } = field;

/** What says which file holds the labels, and how it is called. Source: TFLite Support `metadata_schema.fbs`. */
export const metadataSchema = {
  subgraphMetadata: tables(3, {
    outputTensorMetadata: tables(3, {
      associatedFiles: tables(6, { name: text(0), type: scalar(2, 'int8') }),
    }),
  }),
};

/** The name of the entry among a model's metadata, and the four characters by which what it holds is known. */
export const metadataName = 'TFLITE_METADATA';
export const metadataIdentifier = 'M001';
/** `TENSOR_AXIS_LABELS`: a line for each place along the last axis. */
export const axisLabels = 2;

/**
 * The class names of a model's first output: the lines of the file that its metadata names, in the archive at the end of
 * the .tflite file. Undefined where there are none, or not `count` of them.
 *
 * @throws WickError where the metadata or the archive is damaged
 */
export function readLabels(
  { metadata, buffers }: ModelTable,
  file: Uint8Array,
  count: number,
  where: string,
): readonly string[] | undefined {
  const entry = metadata.find(({ name }) => name === metadataName);
  const bytes = entry === undefined ? undefined : buffers[entry.buffer]?.data;
  if (bytes === undefined) return undefined;
  const place = `${where}, ${metadataName}`;
  const { subgraphMetadata } = readFlatBuffer(bytes, metadataSchema, metadataIdentifier, place);
  const files = subgraphMetadata[0]?.outputTensorMetadata[0]?.associatedFiles ?? [];
  const name = files.find(({ type }) => type === axisLabels)?.name;
  if (name === undefined) return undefined;
  const content = readZipped(file, name, where);
  const lines = new TextDecoder().decode(content).split(/\r?\n/);
  while (lines.length > count && lines.at(-1)?.trim() === '') lines.pop();
  return content !== undefined && lines.length === count ? lines : undefined;
}
