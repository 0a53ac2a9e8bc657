import type { BufferDescription, ModelDescription } from '../compile/description.ts';
import { formatBytes, formatCount } from './format.ts';
import { type Html, html } from './html.ts';
import { legend, scrollable } from './page.ts';

/** A rectangle of the drawing, in its own units; `y` grows downwards. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The drawing: the plot's place, the width of a layer's column and the scale of addresses. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly columnWidth: number;
  readonly columns: number;
  readonly height: number;
  readonly arenaBytes: number;
}

const fontSize = 11;
const lineHeight = 14;
/** The width of a character: a little more than any common monospaced font has at this size. */
const characterWidth = 0.62 * fontSize;
/** Below this height a rectangle could not be seen or pointed at. */
const minHeight = 3;
/** The lowest rectangle that takes a line of text. */
const minLabelHeight = 11.5;

/**
 * The memory plan over time: a column a layer, in order; addresses of the arena upwards; a rectangle a buffer, from
 * the first layer that uses it to the last. Each rectangle tells its buffer when pointed at; a table tells all. What the
 * model keeps from one inference to the next is in no layer's column, and so in a sentence.
 */
export function renderMemoryPlan(description: ModelDescription): Html {
  const { layers, buffers, arenaBytes } = description;
  if (buffers.length === 0 || arenaBytes === 0) return html`<p>The model needs no arena.</p>`;
  const frame: Frame = {
    left: 58,
    top: 42,
    columnWidth: Math.min(220, Math.max(92, 800 / layers.length)),
    columns: layers.length,
    height: 440,
    arenaBytes,
  };
  const width = round(frame.left + frame.columns * frame.columnWidth + 8);
  const height = frame.top + frame.height + 44;
  const boxes = buffers.map((buffer) => placeBuffer(buffer, frame));
  const drawing = html`<svg class="memory" viewBox="0 0 ${width} ${height}" style="min-width:${Math.round(width * 0.75)}px" role="img" aria-label="Memory plan: ${buffers.length} buffers over ${layers.length} layers in an arena of ${formatBytes(arenaBytes)}">
${renderAddresses(frame)}
${layers.map((layer, i) => renderColumn(frame, i, layer.name, layer.liveBytes))}
${buffers.map((buffer, i) => renderBuffer(buffer, boxes[i] as Box, boxes))}
</svg>`;
  return html`<figure>
${scrollable('Memory plan, drawn', drawing)}
<figcaption>${legend([
    { kind: 'first area', name: 'tensor' },
    { kind: 'second area', name: 'scratch' },
  ])}</figcaption>
</figure>
${renderState(description)}${renderTable(
  buffers,
  layers.map(({ name }) => name),
)}`;
}

/** What the model keeps, in all and by layer; nothing of a model that keeps nothing. */
function renderState({ layers, stateBytes }: ModelDescription): Html | null {
  if (stateBytes === 0) return null;
  const parts = layers
    .filter((layer) => layer.stateBytes > 0)
    .map((layer) => `${layer.name} ${formatBytes(layer.stateBytes)}`);
  return html`<p>Beside the arena the model keeps ${formatBytes(stateBytes)} of RAM from one inference to the next: ${parts.join(', ')}.</p>
`;
}

/** Where a buffer's rectangle lies: a hair narrower than its columns, so that neighbours in time stay apart. */
function placeBuffer(
  { offset, bytes, firstLayer, lastLayer }: BufferDescription,
  frame: Frame,
): Box {
  const scale = frame.height / frame.arenaBytes;
  const height = Math.max(minHeight, bytes * scale);
  const bottom = frame.top + frame.height - offset * scale;
  return {
    x: round(frame.left + firstLayer * frame.columnWidth + 2),
    y: round(Math.max(frame.top, bottom - height)),
    width: round((lastLayer - firstLayer + 1) * frame.columnWidth - 4),
    height: round(height),
  };
}

function renderBuffer(buffer: BufferDescription, box: Box, all: readonly Box[]): Html {
  const bytes = formatBytes(buffer.bytes);
  const title = `${buffer.name}: ${bytes} of ${buffer.kind} at ${formatBytes(buffer.offset)}`;
  return html`<g class="buffer ${buffer.kind}"><title>${title}</title><rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"/>${label(buffer.name, bytes, box, all)}</g>
`;
}

/** Two lines in a high rectangle, one in a lower one, one above a flat one where that place is free, or nothing. */
function label(name: string, bytes: string, box: Box, all: readonly Box[]): Html | null {
  const room = Math.floor((box.width - 12) / characterWidth);
  const x = round(box.x + 6);
  if (box.height >= 2 * lineHeight + 6)
    return html`<text x="${x}" y="${round(box.y + lineHeight + 2)}"><tspan class="name">${shorten(name, room)}</tspan><tspan x="${x}" dy="${lineHeight}">${bytes}</tspan></text>`;
  const short = shorten(name, room - bytes.length - 1);
  if (box.height >= minLabelHeight)
    return html`<text x="${x}" y="${round(box.y + box.height / 2 + 4)}"><tspan class="name">${short}</tspan> ${bytes}</text>`;
  const above = { x: box.x, y: box.y - lineHeight, width: box.width, height: lineHeight - 1 };
  if (all.some((other) => intersect(other, above))) return null;
  return html`<text x="${x}" y="${round(box.y - 4)}"><tspan class="name">${short}</tspan> ${bytes}</text>`;
}

function intersect(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Grid lines at round addresses, and the arena's end, told above the line that a flat buffer's label may take. */
function renderAddresses({ left, top, columnWidth, columns, height, arenaBytes }: Frame): Html {
  const right = left + columns * columnWidth;
  const step = 2 ** Math.ceil(Math.log2(arenaBytes / 6));
  const ticks = Array.from({ length: Math.ceil(arenaBytes / step) }, (_, i) => i * step);
  return html`${ticks.map((address) => {
    const y = round(top + height - (address / arenaBytes) * height);
    return html`<line class="grid" x1="${left}" x2="${round(right)}" y1="${y}" y2="${y}"/>${
      // The topmost label would touch the arena's own.
      y - top < lineHeight
        ? null
        : html`<text class="axis" x="${left - 8}" y="${y + 4}" text-anchor="end">${formatCount(address)}</text>`
    }`;
  })}
<line class="limit" x1="${left}" x2="${round(right)}" y1="${top}" y2="${top}"/><text class="total" x="${left}" y="${top - lineHeight - 8}">arena ${formatBytes(arenaBytes)}</text>`;
}

/** A layer's name and live bytes under its column, and a line at the column's left. */
function renderColumn(frame: Frame, index: number, name: string, liveBytes: number): Html {
  const x = round(frame.left + index * frame.columnWidth);
  const bottom = frame.top + frame.height;
  const room = Math.floor((frame.columnWidth - 8) / characterWidth);
  return html`<line class="grid" x1="${x}" x2="${x}" y1="${frame.top}" y2="${bottom + 5}"/><text class="axis" x="${x + 4}" y="${bottom + 19}"><tspan class="layer">${shorten(name, room)}</tspan><tspan x="${x + 4}" dy="${lineHeight + 2}">${formatBytes(liveBytes)}</tspan></text>
`;
}

function renderTable(buffers: readonly BufferDescription[], layers: readonly string[]): Html {
  const rows = buffers.map(
    ({ name, kind, offset, bytes, firstLayer, lastLayer }) =>
      html`<tr><th scope="row">${name}</th><td>${kind}</td><td class="number">${formatBytes(offset)}</td><td class="number">${formatBytes(bytes)}</td><td>${layers[firstLayer] ?? String(firstLayer)}</td><td>${layers[lastLayer] ?? String(lastLayer)}</td></tr>
`,
  );
  const table = html`<table>
<thead><tr><th scope="col">buffer</th><th scope="col">kind</th><th scope="col" class="number">address</th><th scope="col" class="number">size</th><th scope="col">from layer</th><th scope="col">to layer</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
  return html`<details><summary>All ${buffers.length} buffers</summary>${scrollable('Buffers', table)}</details>`;
}

/** Cuts a name to so many characters, its end marked. */
function shorten(name: string, characters: number): string {
  return name.length <= characters ? name : `${name.slice(0, Math.max(0, characters - 1))}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
