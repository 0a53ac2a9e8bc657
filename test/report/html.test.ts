import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, trusted } from '../../src/report/html.ts';

describe('html', () => {
  it('escapes text in content and in attributes', () => {
    const { markup } = html`<p title="${'"a" & \'b\''}">${'<script>'}</p>`;
    expect(markup).toBe('<p title="&quot;a&quot; &amp; &#39;b&#39;">&lt;script&gt;</p>');
  });

  it('keeps markup, joins lists, and leaves null out', () => {
    const items = ['<', 2].map((item) => html`<li>${item}</li>`);
    const { markup } = html`<ul>${items}</ul>${null}${trusted('<hr>')}${0}`;
    expect(markup).toBe('<ul><li>&lt;</li><li>2</li></ul><hr>0');
  });

  it('lets no character of any text open a tag or close an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});
