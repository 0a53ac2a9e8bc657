import type { Profile } from '../evaluate/profile.ts';
import { profileChart } from './charts.ts';
import { formatCount, formatMicroseconds, formatPercent } from './format.ts';
import { type Html, html } from './html.ts';
import { type Section, scrollable } from './page.ts';

/** The section about where a model's time goes on the host: a bar and a row a layer. */
export async function profileSection(profile: Profile): Promise<Section> {
  const rate = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const rows = profile.layers
    .filter(({ kernel }) => kernel !== null)
    .map(
      ({ name, microseconds, share, macs, gmacPerSecond }) =>
        html`<tr><th scope="row">${name}</th>${[
          formatMicroseconds(microseconds),
          formatPercent(share, 1),
          formatCount(macs),
          rate(gmacPerSecond),
        ].map(number)}</tr>
`,
    );
  const table = html`<table>
<thead><tr><th scope="col">layer</th>${['time', 'share', 'MACs', 'GMAC/s'].map(
    (title) => html`<th scope="col" class="number">${title}</th>`,
  )}</tr></thead>
<tbody>
${rows}</tbody>
<tfoot><tr><th scope="row">total</th>${[
    formatMicroseconds(profile.microseconds),
    formatPercent(1, 1),
    formatCount(profile.macs),
    rate(profile.gmacPerSecond),
  ].map(number)}</tr></tfoot>
</table>`;
  const kernels = profile.variant === 'simd' ? 'v128' : 'scalar';
  return {
    id: 'time',
    title: 'Time by layer',
    note: `On the host, ${kernels} kernels, the median of ${formatCount(profile.runs)} inferences. Layers without code are left out.`,
    body: html`<div class="pair"><figure>${rows.length === 0 ? null : await profileChart(profile)}</figure>${scrollable('Time by layer', table)}</div>`,
  };
}

function number(text: string): Html {
  return html`<td class="number">${text}</td>`;
}
