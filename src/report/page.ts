import { css } from './css.ts';
import { type Html, html, trusted } from './html.ts';

/** One part of the page: a heading, a line that says how to read it, and its content. */
export interface Section {
  /** The anchor, unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly body: Html;
}

/** A complete HTML document. Its policy forbids every request and every script, so that it stays one file. */
export function renderPage(title: string, header: Html, sections: readonly Section[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${trusted(css)}</style>
</head>
<body>
<main>
<header>${header}</header>
${sections.map(renderSection)}
</main>
</body>
</html>
`.markup;
}

function renderSection({ id, title, note, body }: Section): Html {
  return html`<section aria-labelledby="${id}">
<div class="margin"><h2 id="${id}">${title}</h2><p>${note}</p></div>
<div class="content">${body}</div>
</section>
`;
}

/** A wide piece that scrolls by itself on a narrow screen, by keyboard too. */
export function scrollable(label: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** A legend: a swatch of the class `swatch <kind>` and a name for each. */
export function legend(entries: readonly { readonly kind: string; readonly name: string }[]): Html {
  return html`<span class="legend">${entries.map(
    ({ kind, name }) => html`<span><i class="swatch ${kind}"></i>${name}</span>`,
  )}</span>`;
}
