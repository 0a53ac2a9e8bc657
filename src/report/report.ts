import type { ModelDescription } from '../compile/description.ts';
import { disagreements, type Evaluation } from '../evaluate/metrics.ts';
import type { Profile } from '../evaluate/profile.ts';
import type { TrainHistory } from '../train/history.ts';
import { accuracyChart, lossChart } from './charts.ts';
import { renderConfusions } from './confusion.ts';
import { type Disagreement, renderDifferences } from './differences.ts';
import { formatCount, formatPercent } from './format.ts';
import { html } from './html.ts';
import { renderLayers } from './layers.ts';
import { renderMemoryPlan } from './memory.ts';
import { legend, renderPage, type Section } from './page.ts';
import { profileSection } from './profile.ts';
import { renderSizes, renderSummary } from './summary.ts';

/** The float model, beside the int8 model that was made of it. */
export interface FloatModel {
  /** On the same test samples as the int8 model. */
  readonly evaluation: Evaluation;
  /** Bytes of its weights and biases. */
  readonly weightsBytes: number;
  /** Samples that the two models answer differently, as many as are to be shown. */
  readonly disagreements: readonly Disagreement[];
}

/** All that a report tells. */
export interface ReportInput {
  readonly description: ModelDescription;
  /** The training run; a model that was imported has none. */
  readonly history?: TrainHistory;
  /** A model that was compiled into a folder of its own has none; then the page tells of the int8 model alone. */
  readonly float?: FloatModel;
  /** The compiled model, on test samples. */
  readonly int8: Evaluation;
  /** Median time of one inference on the host, of `model.simd.wasm`. */
  readonly microsecondsPerInference?: number;
  /** Where that goes; unknown of a folder that holds neither a debug build nor the int8 graph. */
  readonly profile?: Profile;
}

/**
 * Renders the report of a compiled model: one HTML file that needs no network and no script. The same input gives the
 * same bytes. Throws a WickError if the evaluations do not cover the same samples, or if an image's pixels do not fill
 * its shape.
 */
export async function renderReport(input: ReportInput): Promise<string> {
  const { description, float, int8 } = input;
  const sections: Section[] = [
    ...(input.history === undefined ? [] : [await trainingSection(input.history)]),
    {
      id: 'confusion',
      title: 'Confusion',
      note: 'Rows are true classes, columns are answers. The tint grows with the square root of the count; hits and errors have a scale each.',
      body: renderConfusions(
        [
          ...(float === undefined ? [] : [{ name: 'float', evaluation: float.evaluation }]),
          { name: 'int8', evaluation: int8 },
        ],
        description.labels,
      ),
    },
    ...(float === undefined ? [] : [differencesSection(float, int8, description.labels)]),
    {
      id: 'sizes',
      title: 'Sizes',
      note: 'All on one scale. 1 KiB is 1024 B. The device layout is the int8 weights as the kernels want them.',
      body: renderSizes(description, float?.weightsBytes),
    },
    {
      id: 'memory',
      title: 'Memory plan',
      note: 'Layers run from left to right; addresses in the arena go upwards. Under each layer: bytes of the tensors alive while it runs.',
      body: renderMemoryPlan(description),
    },
    {
      id: 'layers',
      title: 'Layers',
      note: 'Weights are in the device layout. Live: bytes of all tensors alive while the layer runs, without scratch.',
      body: renderLayers(description),
    },
    ...(input.profile === undefined ? [] : [await profileSection(input.profile)]),
    {
      id: 'identity',
      title: 'Identity',
      note: 'The hash of the weights is the same in every layout.',
      body: html`<dl class="facts"><div><dt>weights, SHA-256</dt><dd><code>${description.weightsSha256}</code></dd></div><div><dt>ABI version</dt><dd>${description.abiVersion}</dd></div></dl>`,
    },
  ];
  return renderPage(`${description.name}: wick report`, renderSummary(input), sections);
}

function differencesSection(
  { evaluation, disagreements: shown }: FloatModel,
  int8: Evaluation,
  labels: readonly string[],
): Section {
  const differing = disagreements(evaluation, int8, int8.count).length;
  return {
    id: 'differences',
    title: 'Float against int8',
    note: 'Images that the two models answer differently: number, label and both answers.',
    body: renderDifferences(shown, differing, int8.count, labels),
  };
}

/** Loss and accuracy curves side by side, each with what it reached in words. */
async function trainingSection(history: TrainHistory): Promise<Section> {
  const last = history.epochs.at(-1);
  const loss = html`<figure>
${await lossChart(history)}
<figcaption>${legend([
    { kind: 'second faint', name: 'each step' },
    { kind: 'second', name: 'moving average' },
  ])}</figcaption>
</figure>`;
  const accuracy = html`<figure>
${await accuracyChart(history)}
<figcaption>${legend([
    { kind: 'second dashed', name: 'train' },
    { kind: 'first', name: 'test' },
  ])}</figcaption>
</figure>`;
  return {
    id: 'training',
    title: 'Training',
    note: `${formatCount(history.stepLosses.length)} steps in ${history.epochs.length} ${history.epochs.length === 1 ? 'epoch' : 'epochs'} at ${formatCount(history.imagesPerSecond)} images a second.${
      last === undefined
        ? ''
        : ` The last epoch: loss ${last.loss.toFixed(4)}, train ${formatPercent(last.accuracy)}, test ${formatPercent(last.testAccuracy)}.`
    }`,
    body: html`<div class="pair">${history.stepLosses.length === 0 ? null : loss}${last === undefined ? null : accuracy}</div>`,
  };
}
