import type { ModelDescription } from '../compile/description.ts';
import { formatShape } from '../graph/types.ts';
import { formatBytes, formatCount } from './format.ts';
import { type Html, html } from './html.ts';
import { scrollable } from './page.ts';

/** The table of layers, in the order in which they run, with the model's totals below. */
export function renderLayers(description: ModelDescription): Html {
  const { layers } = description;
  const largest = (value: 'scratchBytes' | 'liveBytes') =>
    formatBytes(layers.reduce((most, layer) => Math.max(most, layer[value]), 0));
  const rows = layers.map(
    (layer) => html`<tr><th scope="row">${layer.name}</th><td>${layer.op}</td><td>${
      layer.kernel === null
        ? html`<span class="quiet">no code</span>`
        : html`<code>${layer.kernel}</code>`
    }</td><td class="number">${formatShape(layer.outputShape)}</td>${[
      formatCount(layer.macs),
      formatCount(layer.parameters),
      formatBytes(layer.weightsBytes),
      formatBytes(layer.scratchBytes),
      formatBytes(layer.liveBytes),
    ].map(number)}</tr>
`,
  );
  const table = html`<table>
<thead><tr><th scope="col">layer</th><th scope="col">op</th><th scope="col">kernel</th>${[
    'output',
    'MACs',
    'parameters',
    'weights',
    'scratch',
    'live',
  ].map((title) => html`<th scope="col" class="number">${title}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
<tfoot><tr><th scope="row" colspan="4">total; scratch and live: largest</th>${[
    formatCount(description.macs),
    formatCount(description.parameters),
    formatBytes(description.weightsBytes),
    largest('scratchBytes'),
    largest('liveBytes'),
  ].map(number)}</tr></tfoot>
</table>`;
  return scrollable('Layers', table);
}

function number(text: string): Html {
  return html`<td class="number">${text}</td>`;
}
