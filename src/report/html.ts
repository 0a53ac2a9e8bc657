/** Markup that may go into a page as it is: everything in it was escaped, or written by the template's author. */
export interface Html {
  readonly markup: string;
}

/** What a hole of {@link html} takes: text and numbers are escaped, markup is not, a list is joined, null is nothing. */
export type Hole = string | number | Html | null | readonly Hole[];

/** A template of markup. Its holes are escaped, for element content and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  const markup = parts.map((part, i) => (i === 0 ? part : fill(holes[i - 1] ?? null) + part));
  return { markup: markup.join('') };
}

/** Vouches for markup that did not come from {@link html}. */
export function trusted(markup: string): Html {
  return { markup };
}

function fill(hole: Hole): string {
  if (hole === null) return '';
  if (typeof hole === 'number') return String(hole);
  if (typeof hole === 'string') return escapeText(hole);
  if ('markup' in hole) return hole.markup;
  return hole.map(fill).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
