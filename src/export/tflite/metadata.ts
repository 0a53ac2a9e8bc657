import { WickError } from '../../errors.ts';
import type { Graph } from '../../graph/types.ts';
import { field } from '../../import/tflite/fields.ts';
import {
  axisLabels,
  metadataIdentifier,
  metadataName,
  metadataSchema,
} from '../../import/tflite/labels.ts';
import { maxZippedBytes } from '../../import/tflite/zip.ts';
import { writeFlatBuffer } from './flatbuffer.ts';

/** The name of the entry that says which TFLite a model needs. */
export const runtimeVersionName = 'min_runtime_version';

/** So many bytes that entry has, whatever the version. Source: TFLite `runtime_version.cc`. */
const runtimeVersionBytes = 16;

/** What the metadata of a model says beside what the import reads. Source: TFLite Support `metadata_schema.fbs`. */
const writtenSchema = { ...metadataSchema, name: field.text(0) };

/** The entries of a model's metadata by their names, and the file of labels that lies behind the model. */
export interface Metadata {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly labels?: { readonly name: string; readonly contents: Uint8Array };
}

const labelsName = 'labels.txt';

/** The metadata of a graph. Throws a WickError where a label is no line of a file, or all are more than an import takes. */
export function metadataOf(graph: Graph, runtime: string): Metadata {
  const version = new Uint8Array(runtimeVersionBytes);
  version.set(new TextEncoder().encode(runtime));
  const entries = new Map<string, Uint8Array>([[runtimeVersionName, version]]);
  const { labels, name, outputs } = graph;
  if (labels === undefined) return { entries };
  const broken = labels.find((label) => /[\r\n]/.test(label));
  if (broken !== undefined) {
    throw new WickError({
      what: 'label has more than one line',
      where: graph.name,
      expected: 'labels of a line each: they become the lines of a file',
      received: JSON.stringify(broken),
    });
  }
  const contents = new TextEncoder().encode(labels.map((label) => `${label}\n`).join(''));
  if (contents.length > maxZippedBytes) {
    throw new WickError({
      what: 'labels are too long',
      where: graph.name,
      expected: `at most ${maxZippedBytes} bytes in all, an end of line each`,
      received: `${contents.length}`,
      hint: 'shorten them in the graph',
    });
  }
  const described = {
    name,
    subgraphMetadata: [
      {
        outputTensorMetadata: outputs.map((_, i) => ({
          associatedFiles: i === 0 ? [{ name: labelsName, type: axisLabels }] : [],
        })),
      },
    ],
  };
  entries.set(metadataName, writeFlatBuffer(writtenSchema, described, metadataIdentifier));
  return { entries, labels: { name: labelsName, contents } };
}
