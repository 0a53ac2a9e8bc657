import { readFileSync } from 'node:fs';

/** What wick's package.json says of it. */
export const manifest = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { readonly version: string; readonly description: string };
