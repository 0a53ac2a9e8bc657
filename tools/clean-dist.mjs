// Empties dist but for the kernels, so that no file of a source that is gone stays behind.
import { readdirSync, rmSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
for (const entry of readdirSync(dist)) {
  if (entry !== 'kernels') rmSync(new URL(entry, dist), { recursive: true });
}
