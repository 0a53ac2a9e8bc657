import type { ModelDescription } from '../compile/description.ts';
import { agreement, type Evaluation } from '../evaluate/metrics.ts';
import { formatShape } from '../graph/types.ts';
import {
  formatBytes,
  formatBytesShort,
  formatCount,
  formatMicroseconds,
  formatPercent,
  formatPoints,
} from './format.ts';
import { type Html, html } from './html.ts';
import { legend } from './page.ts';
import type { ReportInput } from './report.ts';

/** A figure of the summary: what it is, its value, and what belongs to it in smaller type. */
interface Card {
  readonly term: string;
  readonly value: string;
  readonly note: string;
}

/** The page's head: the model's name, what it is, and its figures, how right it is before what it costs. */
export function renderSummary(input: ReportInput): Html {
  const { description, int8, float } = input;
  const ports = (list: ModelDescription['inputs']) =>
    list.map((port) => `${port.dtype} ${formatShape(port.shape)}`).join(', ');
  return html`<p class="kind">wick report</p>
<h1>${description.name}</h1>
<p class="intro">${ports(description.inputs)} to ${ports(description.outputs)}, ${description.labels.length} classes; device layout for ${description.optimize}; ${description.rounding} rounding.</p>
<dl class="cards lead">${qualityCards(int8, float?.evaluation).map(renderCard)}</dl>
<dl class="cards">${costCards(input).map(renderCard)}</dl>`;
}

function qualityCards(int8: Evaluation, float: Evaluation | undefined): Card[] {
  const of = ({ correct, count }: Evaluation) => `${formatCount(correct)} of ${formatCount(count)}`;
  const accuracy = { term: 'int8 accuracy', value: formatPercent(int8.accuracy), note: of(int8) };
  if (float === undefined) return [accuracy];
  const drop = float.accuracy - int8.accuracy;
  return [
    accuracy,
    { term: 'float accuracy', value: formatPercent(float.accuracy), note: of(float) },
    {
      term: 'agreement',
      value: formatPercent(agreement(float, int8)),
      note: 'same answer from both',
    },
    {
      term: 'accuracy drop',
      value: formatPoints(drop),
      note: drop < 0 ? 'int8 is the better one' : 'from float to int8',
    },
  ];
}

function costCards({ description, microsecondsPerInference }: ReportInput): Card[] {
  const bytes = (term: string, n: number, note: string): Card => ({
    term,
    value: formatBytesShort(n),
    note: n < 1024 ? note : `${formatBytes(n)}, ${note}`,
  });
  const cards: Card[] = [
    { term: 'parameters', value: formatCount(description.parameters), note: 'weights and biases' },
    { term: 'MACs', value: formatCount(description.macs), note: 'an inference' },
    bytes('weights', description.weightsBytes, 'device layout'),
    bytes('Wasm', description.wasmBytes, 'without weights'),
    bytes('arena', description.arenaBytes, 'RAM'),
    ...(description.stream === undefined
      ? []
      : [bytes('window', description.stream.windowBytes, 'RAM for weights')]),
  ];
  if (microsecondsPerInference !== undefined)
    cards.push({
      term: 'time',
      value: formatMicroseconds(microsecondsPerInference),
      note: 'an image, on the host',
    });
  return cards;
}

function renderCard({ term, value, note }: Card): Html {
  return html`<div><dt>${term}</dt><dd><b>${value}</b> <small>${note}</small></dd></div>`;
}

/** The sizes as bars on one linear scale. `floatWeightsBytes` is what the same weights take as float32, where that is known. */
export function renderSizes(description: ModelDescription, floatWeightsBytes?: number): Html {
  const rows = [
    ...(floatWeightsBytes === undefined
      ? []
      : [{ name: 'float32 weights', bytes: floatWeightsBytes, kind: 'peer' }]),
    { name: 'int8 weights', bytes: description.canonicalWeightsBytes, kind: 'peer' },
    { name: 'device layout', bytes: description.weightsBytes, kind: 'first' },
    { name: 'Wasm code', bytes: description.wasmBytes, kind: 'first' },
    { name: 'arena', bytes: description.arenaBytes, kind: 'second' },
    ...(description.stream === undefined
      ? []
      : [{ name: 'weights window', bytes: description.stream.windowBytes, kind: 'second' }]),
  ];
  const most = rows.reduce((largest, { bytes }) => Math.max(largest, bytes), 1);
  return html`<figure>
<table class="sizes">
<thead><tr><th scope="col">what</th><th scope="col">share of the largest</th><th scope="col">bytes</th><th scope="col">rounded</th></tr></thead>
<tbody>
${rows.map(
  ({ name, bytes, kind }) =>
    html`<tr><th scope="row">${name}</th><td class="bar"><i class="${kind}" style="width:${((100 * bytes) / most).toFixed(2)}%"></i></td><td class="number">${formatBytes(bytes)}</td><td class="number quiet">${formatBytesShort(bytes)}</td></tr>
`,
)}</tbody>
</table>
<figcaption>${legend([
    { kind: 'peer solid', name: 'for comparison' },
    { kind: 'first solid', name: 'flash' },
    { kind: 'second solid', name: 'RAM' },
  ])}</figcaption>
</figure>`;
}
