import { describe, expect, it } from 'vitest';
import type { BufferDescription } from '../../src/compile/description.ts';
import { renderMemoryPlan } from '../../src/report/memory.ts';
import { description } from './sample.ts';

interface Rectangle {
  readonly kind: string;
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangles of the drawing, each with its buffer's tooltip. */
function rectanglesOf(markup: string): Rectangle[] {
  const pattern =
    /<g class="buffer (\w+)"><title>(.*?)<\/title><rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"\/>/g;
  return [...markup.matchAll(pattern)].map(([, kind, title, ...box]) => {
    const [x, y, width, height] = box.map(Number) as [number, number, number, number];
    return { kind: kind as string, title: title as string, x, y, width, height };
  });
}

describe('the memory plan', () => {
  const { markup } = renderMemoryPlan(description);
  const rectangles = rectanglesOf(markup);
  const rectangleOf = (name: string) => {
    const index = description.buffers.findIndex((buffer) => buffer.name === name);
    return rectangles[index] as Rectangle;
  };

  it('has a rectangle a buffer that tells its name, kind, size and address', () => {
    expect(rectangles.map(({ kind, title }) => [kind, title])).toEqual([
      ['tensor', 'relu: 21,632 B of tensor at 0 B'],
      ['tensor', 'image: 784 B of tensor at 21,632 B'],
      ['scratch', 'conv scratch: 864 B of scratch at 22,416 B'],
      ['tensor', 'pooled: 5,408 B of tensor at 22,496 B'],
      ['tensor', 'logits: 10 B of tensor at 0 B'],
    ]);
  });

  it('draws heights in proportion to bytes and widths to layers', () => {
    const [relu, pooled] = [rectangleOf('relu'), rectangleOf('pooled')];
    expect(relu.height / pooled.height).toBeCloseTo(21_632 / 5_408, 2);
    // Each is narrower by the same gap than its columns: two for relu, three for pooled.
    expect(2 * (pooled.width - relu.width)).toBeCloseTo(relu.width + 4, 1);
  });

  it('draws addresses upwards: what follows in the arena lies on top', () => {
    const [relu, image, scratch] = ['relu', 'image', 'conv scratch'].map(rectangleOf) as [
      Rectangle,
      Rectangle,
      Rectangle,
    ];
    expect(image.y + image.height).toBeCloseTo(relu.y, 1);
    expect(scratch.y + scratch.height).toBeCloseTo(image.y, 1);
  });

  it('draws no two rectangles over each other where the plan has no overlap', () => {
    for (const [i, a] of rectangles.entries())
      for (const b of rectangles.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x ||
          b.x + b.width <= a.x ||
          a.y + a.height <= b.y + 0.02 ||
          b.y + b.height <= a.y + 0.02;
        expect(apart, `${a.title} and ${b.title}`).toBe(true);
      }
  });

  it('states the arena, every layer and its live bytes', () => {
    expect(markup).toContain('arena 27,904 B');
    for (const { name } of description.layers) expect(markup).toContain(`>${name}</tspan>`);
    expect(markup).toContain('>27,040 B</tspan>');
  });

  it('keeps a rectangle of one byte at the arena’s end visible and within the drawing', () => {
    const buffer: BufferDescription = {
      name: 'flag',
      kind: 'tensor',
      offset: description.arenaBytes - 1,
      bytes: 1,
      firstLayer: 2,
      lastLayer: 2,
    };
    const [flag] = rectanglesOf(renderMemoryPlan({ ...description, buffers: [buffer] }).markup);
    expect(flag?.height).toBeGreaterThanOrEqual(2);
    expect(flag?.y).toBe(Math.min(...rectangles.map(({ y }) => y)));
  });

  it('says what a model keeps beside the arena, and which layers keep it', () => {
    const layers = description.layers.map((layer, index) => ({ ...layer, stateBytes: 16 * index }));
    const stateful = renderMemoryPlan({ ...description, layers, stateBytes: 96 }).markup;
    const [, second, third, fourth] = layers.map(({ name }) => name);
    expect(stateful).toContain(
      `<p>Beside the arena the model keeps 96 B of RAM from one inference to the next: ${second} 16 B, ${third} 32 B, ${fourth} 48 B.</p>`,
    );
    expect(markup).not.toContain('Beside the arena');
  });

  it('is a sentence for a model without an arena', () => {
    const none = renderMemoryPlan({ ...description, buffers: [], arenaBytes: 0 });
    expect(none.markup).toBe('<p>The model needs no arena.</p>');
  });
});
