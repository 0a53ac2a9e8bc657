import { decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import type { Disagreement } from '../../src/report/differences.ts';
import { type FloatModel, renderReport } from '../../src/report/report.ts';
import { sampleHistory, sampleInput } from './sample.ts';

/** The text that a reader sees, its white space single. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** The sample input with its float model changed. */
function withFloat(changes: Partial<FloatModel>, input = sampleInput()) {
  return { ...input, float: { ...input.float, ...changes } };
}

/** What a section holds, by its anchor. */
function sectionOf(page: string, id: string): string {
  return page.split('<section ').find((part) => part.includes(`aria-labelledby="${id}"`)) ?? '';
}

describe('the report', () => {
  const input = sampleInput();
  let page = '';
  let text = '';
  beforeAll(async () => {
    page = await renderReport(input);
    text = textOf(page);
  });

  it('states the accuracies, the agreement and the drop', () => {
    const { int8 } = input;
    const float = input.float.evaluation;
    expect(text).toContain(`int8 accuracy ${(100 * int8.accuracy).toFixed(2)}%`);
    expect(text).toContain(`float accuracy ${(100 * float.accuracy).toFixed(2)}%`);
    expect(text).toContain('agreement 99.84%');
    expect(text).toContain(`drop ${(100 * (float.accuracy - int8.accuracy)).toFixed(2)} pp`);
  });

  it('states every size and cost exactly', () => {
    for (const figure of [
      'parameters 54,410',
      'MACs 248,768',
      '110,528 B, device layout',
      '3,187 B, without weights',
      '27,904 B, RAM',
      'time 38.2 µs',
      'float32 weights 217,640 B',
      'int8 weights 54,536 B',
      'device layout 110,528 B',
      'Wasm code 3,187 B',
      'arena 27,904 B',
      input.description.weightsSha256,
    ])
      expect(text).toContain(figure);
  });

  it('tells and draws where the time goes, if that is known', async () => {
    expect(sectionOf(page, 'time')).toBe('');
    const times = [20.5, 4.25, 0, 5.25];
    const layers = input.description.layers.map((layer, index) => ({
      ...layer,
      microseconds: times[index] as number,
      share: (times[index] as number) / 30,
      gmacPerSecond: layer.macs === 0 ? null : layer.macs / 1e5,
    }));
    const cost = { microseconds: 30, macs: 248_768, gmacPerSecond: 8.29 };
    const profile = { name: 'digits', variant: 'simd', runs: 100, layers, ...cost } as const;
    const section = sectionOf(await renderReport({ ...input, profile }), 'time');
    expect(textOf(section)).toContain('conv 20.5 µs 68.3% 194,688 1.95');
    expect(textOf(section)).toContain('total 30.0 µs 100.0% 248,768 8.29');
    expect(textOf(section)).not.toContain('flatten');
    expect(section).toContain('aria-label="Time of 3 layers, 30.0 µs in all: conv 20.5 µs; ');
    expect(section.match(/<path aria-label|<path[^>]*fill="var\(--first\)"/g)).toHaveLength(3);
  });

  it('counts the window of streamed weights as RAM', async () => {
    expect(text).not.toContain('window');
    const stream = { wholeLayersBytes: 0, callsPerInference: 1, bytesPerInference: 1 };
    const description = { ...input.description, stream: { ...stream, windowBytes: 4096 } };
    const streamed = textOf(await renderReport({ ...input, description }));
    expect(streamed).toContain('window 4.00 KiB 4,096 B, RAM for weights');
    expect(streamed).toContain('weights window 4,096 B');
  });

  it('tells each layer in a row', () => {
    const layers = textOf(sectionOf(page, 'layers'));
    expect(layers).toContain('conv conv2d conv2dPacked 1x26x26x32 194,688 320 1,408 B 864 B');
    expect(layers).toContain('flatten reshape no code 1x5408 0 0 0 B 0 B 5,408 B');
    expect(layers).toContain('248,768 54,410 110,528 B 864 B 27,040 B');
  });

  it('counts every cell of both confusion matrices and tells hits from errors', () => {
    const section = sectionOf(page, 'confusion');
    const cells = [...section.matchAll(/<td class="(\w+)"[^>]*>(\d+)<\/td>/g)];
    expect(cells.map(([, , count]) => Number(count))).toEqual([
      ...input.float.evaluation.confusion.flat(),
      ...input.int8.confusion.flat(),
    ]);
    cells.forEach(([, kind, count], i) => {
      const diagonal = Math.floor((i % 100) / 10) === i % 10;
      expect(kind).toBe(count === '0' ? 'none' : diagonal ? 'hit' : 'miss');
    });
  });

  it('tints errors by the square root of their share of the largest error', () => {
    const counts = [input.float.evaluation, input.int8].flatMap(({ confusion }) =>
      confusion.flatMap((row, truth) => row.filter((_, answer) => answer !== truth)),
    );
    const largest = Math.max(...counts);
    for (const [, tint, count] of page.matchAll(
      /<td class="miss" style="--tint:(.*?)"[^>]*>(\d+)</g,
    ))
      expect(Number(tint)).toBeCloseTo(Math.sqrt(Number(count) / largest), 3);
  });

  it('shows each image that the two models answer differently', () => {
    const section = sectionOf(page, 'differences');
    const images = [
      ...section.matchAll(/<img src="data:image\/png;base64,(.*?)"[^>]*alt="(.*?)"/g),
    ];
    expect(images).toHaveLength(input.float.disagreements.length);
    images.forEach(([, base64, alt], i) => {
      const sample = input.float.disagreements[i] as Disagreement;
      const png = decode(Buffer.from(base64 as string, 'base64'));
      expect(png).toMatchObject({ width: 28, height: 28, channels: 1 });
      expect(png.data).toEqual(sample.pixels);
      expect(alt).toBe(`Test image ${sample.index}, labelled ${sample.label}`);
      expect(textOf(section)).toMatch(
        new RegExp(
          `#${sample.index} label ${sample.label} float ${sample.floatAnswer} [✓✗] int8 ${sample.int8Answer} [✓✗]`,
        ),
      );
    });
  });

  it('draws the training run as two named figures', () => {
    const section = sectionOf(page, 'training');
    expect(section.match(/<svg class="chart"/g)).toHaveLength(2);
    expect(section).toContain('aria-label="Loss of 4690 training steps');
    expect(section).toContain('epoch 5 train 0.9840, test 0.9788');
    expect(textOf(section)).toContain('4,690 steps in 5 epochs at 31,415 images a second');
  });

  it('needs nothing from outside and runs no script', () => {
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<script|<link|@import|url\(|<iframe|\son\w+=/i);
    for (const [, source] of page.matchAll(/\ssrc="(.*?)"/g))
      expect(source).toMatch(/^data:image\/png;base64,/);
  });

  it('names every figure for those who do not see it', () => {
    for (const [svg] of page.matchAll(/<svg[^>]*>/g))
      expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
    for (const [image] of page.matchAll(/<img[^>]*>/g)) expect(image).toMatch(/alt="[^"]+"/);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    const anchors = [...page.matchAll(/\sid="(.*?)"/g)].map(([, id]) => id);
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('has the same bytes for the same input', async () => {
    expect(await renderReport(input)).toBe(page);
  });
});

describe('a report of unusual input', () => {
  const base = sampleInput(200);

  it('escapes the names of the model, classes, layers, kernels and buffers', async () => {
    const hostile = '<script>alert("x")</script>';
    const { description } = base;
    const page = await renderReport({
      ...base,
      description: {
        ...description,
        name: hostile,
        labels: description.labels.map(() => hostile),
        layers: description.layers.map((layer) => ({
          ...layer,
          name: hostile,
          op: hostile,
          kernel: hostile,
        })),
        buffers: description.buffers.map((buffer) => ({ ...buffer, name: hostile })),
      },
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('alert("x")');
    expect(page).toContain('<h1>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>');
  });

  it('has no training section for a model without a history, and no time that was not measured', async () => {
    const { history: _, microsecondsPerInference: __, ...rest } = base;
    const page = await renderReport(rest);
    expect(sectionOf(page, 'training')).toBe('');
    expect(textOf(page)).not.toContain('µs');
  });

  it('tells of the int8 model alone where there is no float model', async () => {
    const { float: _, history: __, ...rest } = base;
    const page = await renderReport(rest);
    const text = textOf(page);
    expect(text).toContain(`int8 accuracy ${(100 * rest.int8.accuracy).toFixed(2)}%`);
    expect(text.replace('float32', '')).not.toMatch(/\bfloat\b|agreement|drop|undefined|NaN/i);
    expect(text).not.toContain('float32 weights');
    expect(sectionOf(page, 'differences')).toBe('');
    const cells = [...sectionOf(page, 'confusion').matchAll(/<td class="\w+"[^>]*>(\d+)<\/td>/g)];
    expect(cells.map(([, count]) => Number(count))).toEqual(rest.int8.confusion.flat());
    expect(textOf(sectionOf(page, 'sizes'))).toContain('int8 weights 54,536 B');
    const whole = await renderReport(base);
    for (const id of ['memory', 'layers', 'identity']) {
      expect(sectionOf(page, id)).toBe(sectionOf(whole, id));
    }
  });

  it('says so when both models always answer alike', async () => {
    const page = await renderReport(
      withFloat({ disagreements: [] }, { ...base, int8: base.float.evaluation }),
    );
    expect(textOf(page)).toContain('Float and int8 give the same answer for all 200 images.');
    expect(textOf(page)).toContain('agreement 100.00%');
    expect(textOf(page)).toContain('accuracy drop 0.00 pp');
  });

  it('says how many differing images there are when it shows only some', async () => {
    const shown = sampleInput().float.disagreements.slice(0, 3);
    const page = await renderReport(withFloat({ disagreements: shown }));
    expect(textOf(page)).toContain(
      '16 of 10,000 images are answered differently. 3 of them are shown.',
    );
  });

  it('says when int8 is the better one', async () => {
    const input = sampleInput();
    const { evaluation } = input.float;
    expect(evaluation.accuracy).toBeGreaterThan(input.int8.accuracy);
    const usual = textOf(await renderReport(input));
    const swapped = textOf(
      await renderReport(withFloat({ evaluation: input.int8 }, { ...input, int8: evaluation })),
    );
    expect(usual).toContain('drop 0.16 pp from float to int8');
    expect(swapped).toContain('drop -0.16 pp int8 is the better one');
  });

  it('draws short and diverging runs', async () => {
    const history = { ...sampleHistory(3, 1), stepLosses: [2.3, 0, Number.NaN] };
    const page = await renderReport({ ...base, history });
    expect(sectionOf(page, 'training').match(/<svg class="chart"/g)).toHaveLength(2);
    expect(textOf(page)).toContain('3 steps in 1 epoch at');
    expect(page).not.toMatch(/\bd="[^"]*NaN/);
  });

  it('draws colour images and leaves out what is not an image', async () => {
    const [sample] = sampleInput().float.disagreements as [Disagreement];
    const withShape = (shape: readonly number[], pixels: Uint8Array) =>
      renderReport(withFloat({ disagreements: [{ ...sample, shape, pixels }] }));
    const colour = await withShape([2, 1, 3], Uint8Array.of(255, 0, 0, 0, 0, 255));
    const [, base64] = /base64,(.*?)"/.exec(colour) ?? [];
    expect(decode(Buffer.from(base64 as string, 'base64'))).toMatchObject({
      width: 1,
      height: 2,
      channels: 3,
    });
    expect(await withShape([6], new Uint8Array(6))).not.toContain('<img');
  });

  it('refuses pixels that do not fill their shape', async () => {
    const [sample] = sampleInput().float.disagreements as [Disagreement];
    const broken = { ...sample, pixels: new Uint8Array(5) };
    await expect(renderReport(withFloat({ disagreements: [broken] }))).rejects.toThrow(
      /sample \d+: .* expected 784 values for 28x28x1, received 5/,
    );
  });

  it('refuses evaluations of different test sets', async () => {
    await expect(renderReport({ ...sampleInput(), int8: base.int8 })).rejects.toThrow(WickError);
  });
});
