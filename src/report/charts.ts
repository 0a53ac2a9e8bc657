import type { Config, TopLevelSpec } from 'vega-lite';
import type { Profile } from '../evaluate/profile.ts';
import { largestOf } from '../extremes.ts';
import type { EpochRecord, TrainHistory } from '../train/history.ts';
import { formatMicroseconds, formatPercent } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import { smooth, thin } from './series.ts';

/** The size of a chart, axes included, in its own units; the page scales it to the column. */
const size = { width: 430, height: 270, autosize: { type: 'fit', contains: 'padding' } };

/** Steps that a curve is thinned to: more than a screen has pixels across the chart. */
const maxBuckets = 400;

/** Colours are the page's variables, so that one drawing serves the light and the dark scheme. */
const config: Config = {
  background: 'transparent',
  font: 'sans-serif',
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    gridColor: 'var(--line)',
    domainColor: 'var(--line-strong)',
    tickColor: 'var(--line-strong)',
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelPadding: 5,
    tickSize: 4,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false, tickCount: 5 },
};

/** The loss of each step, faint, and its moving average. Draws on a log scale unless a loss is zero. */
export function lossChart({ stepLosses }: TrainHistory): Promise<Html> {
  const raw = thin(stepLosses, maxBuckets);
  const average = smooth(stepLosses, Math.max(5, stepLosses.length / 50));
  const stride = Math.ceil(stepLosses.length / maxBuckets);
  const smoothed = average
    .map((loss, i) => ({ step: i + 1, loss }))
    .filter(
      ({ step, loss }) => (step % stride === 0 || step === average.length) && !Number.isNaN(loss),
    );
  const positive = raw.every(({ loss }) => loss > 0);
  const last = smoothed.at(-1);
  return draw(
    {
      layer: [line(raw, 'var(--second)', 0.75, 0.4), line(smoothed, 'var(--second)', 2, 1)],
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          title: 'step',
          scale: { nice: false },
          axis: { format: ',d', tickCount: 5 },
        },
        y: {
          field: 'loss',
          type: 'quantitative',
          title: 'loss',
          scale: positive ? { type: 'log', nice: false } : { zero: true },
          // On a log scale a low tick count would drop some of the values.
          axis: positive
            ? { format: '~g', values: decades(raw.map(({ loss }) => loss)), tickCount: 100 }
            : {},
        },
      },
    },
    `Loss of ${stepLosses.length} training steps${
      last === undefined ? '' : `; the moving average ends at ${last.loss.toPrecision(3)}`
    }`,
  );
}

/** The accuracy on training and on test samples after each epoch. */
export function accuracyChart({ epochs }: TrainHistory): Promise<Html> {
  const first = epochs[0]?.epoch ?? 1;
  const last = epochs.at(-1)?.epoch ?? 1;
  const series = (value: keyof EpochRecord, color: string, dash: readonly number[]) => ({
    data: { values: epochs.map((record) => ({ epoch: record.epoch, share: record[value] })) },
    mark: {
      type: 'line' as const,
      stroke: color,
      strokeWidth: 2,
      strokeDash: [...dash],
      point: { filled: true, fill: color, stroke: color, size: 34 },
    },
  });
  return draw(
    {
      layer: [
        series('accuracy', 'var(--second)', [5, 3]),
        series('testAccuracy', 'var(--first)', []),
      ],
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          scale: { domain: [first - 0.25, last + 0.25], nice: false },
          axis: { format: 'd', tickMinStep: 1, tickCount: Math.min(10, epochs.length) },
        },
        y: {
          field: 'share',
          type: 'quantitative',
          title: 'accuracy',
          scale: { zero: false },
          axis: { format: '.1~%' },
        },
      },
    },
    `Accuracy of ${epochs.length} epochs: ${epochs
      .map(
        (e) => `epoch ${e.epoch} train ${e.accuracy.toFixed(4)}, test ${e.testAccuracy.toFixed(4)}`,
      )
      .join('; ')}`,
  );
}

/** The time of each layer as a bar, in the order in which they run. */
export function profileChart({ layers, microseconds }: Profile): Promise<Html> {
  const timed = layers.filter(({ kernel }) => kernel !== null);
  const perLayer = 22;
  return draw(
    {
      data: {
        // Names need not differ.
        values: timed.map(({ name, microseconds: time, share }, index) => ({
          row: `${index} ${name}`,
          time,
          text: `${formatMicroseconds(time)}, ${formatPercent(share, 0)}`,
        })),
      },
      encoding: {
        y: {
          field: 'row',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { labelExpr: "slice(datum.label, indexof(datum.label, ' ') + 1)", labelLimit: 130 },
        },
        x: {
          field: 'time',
          type: 'quantitative',
          title: 'µs',
          axis: { tickCount: 4 },
          // Room for the text behind the longest bar.
          scale: { domain: [0, 1.4 * largestOf(timed.map(({ microseconds: time }) => time))] },
        },
      },
      layer: [
        { mark: { type: 'bar', fill: 'var(--first)', height: 12 } },
        {
          mark: { type: 'text', align: 'left', dx: 5, fontSize: 11, fill: 'var(--muted)' },
          encoding: { text: { field: 'text' } },
        },
      ],
    },
    `Time of ${timed.length} layers, ${formatMicroseconds(microseconds)} in all: ${timed
      .map(({ name, microseconds: time }) => `${name} ${formatMicroseconds(time)}`)
      .join('; ')}`,
    60 + perLayer * timed.length,
  );
}

/** The values 1, 2 and 5 of each decade that the data spans: the ticks of a log axis. */
function decades(values: readonly number[]): number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const first = Math.floor(Math.log10(low));
  const count = Math.max(0, Math.ceil(Math.log10(high)) - first);
  const ticks = Array.from({ length: count }, (_, i) =>
    [1, 2, 5].map((n) => n * 10 ** (first + i)),
  );
  return ticks.flat().filter((tick) => tick >= low && tick <= high);
}

function line(values: readonly object[], stroke: string, strokeWidth: number, opacity: number) {
  return {
    data: { values: [...values] },
    mark: { type: 'line' as const, stroke, strokeWidth, opacity },
  };
}

/** Renders a chart to an inline SVG without its size, so that the style sheet gives it one, and named by `label`. */
async function draw(spec: TopLevelSpec, label: string, height = size.height): Promise<Html> {
  // Loaded here, because most of what wick does draws nothing.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const compiled = compile({ ...spec, ...size, height, config } as TopLevelSpec).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const [, viewBox, content] = /^<svg[^>]*viewBox="([^"]*)"[^>]*>(.*)<\/svg>$/s.exec(svg) ?? [];
  if (viewBox === undefined || content === undefined) throw new Error('vega drew no SVG');
  return html`<svg class="chart" viewBox="${viewBox}" role="img" aria-label="${label}">${trusted(content)}</svg>`;
}
