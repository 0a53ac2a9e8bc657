import type { Evaluation } from '../evaluate/metrics.ts';
import { largestOf } from '../extremes.ts';
import { formatCount, formatPercent } from './format.ts';
import { type Html, html } from './html.ts';

/** One model's answers, under the name by which the page calls it. */
export interface NamedEvaluation {
  readonly name: string;
  readonly evaluation: Evaluation;
}

/** How many of the most frequent mistakes the caption lists. */
const listedMistakes = 3;

/**
 * Confusion matrices side by side, as tables: a row a true class, a column an answer. A cell's tint grows with the
 * square root of its count, so that single errors are seen beside a thousand hits; hits (the diagonal) and errors
 * have a colour and a scale each, the same in all the matrices, so that these can be compared.
 */
export function renderConfusions(
  models: readonly NamedEvaluation[],
  labels: readonly string[],
): Html {
  const cells = models.flatMap(({ evaluation }) =>
    evaluation.confusion.flatMap((row, truth) =>
      row.map((count, answer) => ({ count, hit: truth === answer })),
    ),
  );
  const largest = (hit: boolean) =>
    cells.reduce((most, cell) => (cell.hit === hit ? Math.max(most, cell.count) : most), 1);
  const scale = { hit: largest(true), miss: largest(false) };
  return html`<div class="pair">
${models.map((model) => renderMatrix(model, labels, scale))}</div>`;
}

function renderMatrix(
  { name, evaluation }: NamedEvaluation,
  labels: readonly string[],
  scale: { readonly hit: number; readonly miss: number },
): Html {
  const label = (index: number) => labels[index] ?? String(index);
  const { confusion } = evaluation;
  // Long class names stand upright, so that columns stay as narrow as their counts.
  const longest = largestOf(confusion.map((_, i) => label(i).length));
  const upright = longest > 3 ? 'upright' : '';
  const corner = upright === '' ? '' : `width:${Math.min(12, longest) + 1}ch`;
  const cell = (count: number, truth: number, answer: number) => {
    const kind = count === 0 ? 'none' : truth === answer ? 'hit' : 'miss';
    const tint = kind === 'none' ? 0 : Math.sqrt(count / scale[kind]);
    const title = `${label(truth)} answered as ${label(answer)}: ${count}`;
    return html`<td class="${kind}" style="--tint:${tint.toFixed(3)}" title="${title}">${count}</td>`;
  };
  return html`<figure>
<table class="confusion">
<caption><b>${name}</b> ${formatPercent(evaluation.accuracy)}, ${formatCount(evaluation.count - evaluation.correct)} errors</caption>
<thead><tr><th scope="col" class="corner" style="${corner}">true</th>${confusion.map(
    (_, i) => html`<th scope="col" class="${upright}">${label(i)}</th>`,
  )}</tr></thead>
<tbody>
${confusion.map(
  (row, truth) =>
    html`<tr><th scope="row">${label(truth)}</th>${row.map((count, answer) => cell(count, truth, answer))}</tr>
`,
)}</tbody>
</table>
<figcaption>${describeMistakes(confusion, label)}</figcaption>
</figure>
`;
}

function describeMistakes(
  confusion: Evaluation['confusion'],
  label: (index: number) => string,
): string {
  const mistakes = confusion
    .flatMap((row, truth) => row.map((count, answer) => ({ truth, answer, count })))
    .filter(({ truth, answer, count }) => truth !== answer && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, listedMistakes)
    .map(({ truth, answer, count }) => `${label(truth)} as ${label(answer)} (${count})`);
  return mistakes.length === 0 ? 'No mistakes.' : `Most frequent mistakes: ${mistakes.join(', ')}.`;
}
