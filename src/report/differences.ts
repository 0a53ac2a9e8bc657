import { writePng } from '../data/png.ts';
import { WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';
import { formatCount } from './format.ts';
import { type Html, html } from './html.ts';

/** A sample that the float and the int8 model answer differently. Classes are indices. */
export interface Disagreement {
  /** The sample's place in the test set. */
  readonly index: number;
  readonly label: number;
  readonly floatAnswer: number;
  readonly int8Answer: number;
  /** The raw sample, row-major in `shape`: [H, W], or [H, W, C] with 1 or 3 channels, is drawn as an image. */
  readonly pixels: Uint8Array;
  readonly shape: readonly number[];
}

/**
 * The samples that the two models answer differently, as small images with their answers, or a sentence where there
 * are none. `total` counts them all, shown or not.
 * Throws a WickError if a sample's pixels do not fill its shape.
 */
export function renderDifferences(
  shown: readonly Disagreement[],
  total: number,
  count: number,
  labels: readonly string[],
): Html {
  const images = formatCount(count);
  if (total === 0)
    return html`<p>Float and int8 give the same answer for all ${images} images.</p>`;
  const rest = shown.length < total ? ` ${formatCount(shown.length)} of them are shown.` : '';
  return html`<p>${formatCount(total)} of ${images} images are answered differently.${rest}</p>
<div class="samples">
${shown.map((sample) => renderSample(sample, labels))}</div>`;
}

function renderSample(sample: Disagreement, labels: readonly string[]): Html {
  const name = (index: number) => labels[index] ?? String(index);
  const answer = (model: string, index: number) => {
    const right = index === sample.label;
    return html`<div class="${right ? 'right' : 'wrong'}"><dt>${model}</dt><dd>${name(index)} <span role="img" aria-label="${right ? 'right' : 'wrong'}">${right ? '✓' : '✗'}</span></dd></div>`;
  };
  return html`<figure>
${renderImage(sample, name(sample.label))}
<figcaption><b>#${sample.index}</b><dl><div><dt>label</dt><dd>${name(sample.label)}</dd></div>${answer('float', sample.floatAnswer)}${answer('int8', sample.int8Answer)}</dl></figcaption>
</figure>
`;
}

/** The sample as a PNG within the page, or nothing where its shape is not an image's. */
function renderImage({ index, pixels, shape }: Disagreement, label: string): Html | null {
  if (pixels.length !== elementCount(shape))
    throw new WickError({
      what: 'the pixels of a sample do not fill its shape',
      where: `sample ${index}`,
      expected: `${elementCount(shape)} values for ${formatShape(shape)}`,
      received: String(pixels.length),
    });
  const [height, width, channels = 1] = shape;
  if (height === undefined || width === undefined || shape.length > 3 || ![1, 3].includes(channels))
    return null;
  const png = writePng(pixels, [height, width, channels]);
  const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return html`<img src="${source}" width="${width}" height="${height}" alt="Test image ${index}, labelled ${label}">`;
}
