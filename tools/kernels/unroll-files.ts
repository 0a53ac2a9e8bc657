// `jiti tools/kernels/unroll-files.ts FILE...`: unrolls the counted loops of these modules, in place.
import { readFileSync, writeFileSync } from 'node:fs';
import { unrollLoops } from './unroll.ts';

for (const file of process.argv.slice(2)) writeFileSync(file, unrollLoops(readFileSync(file)));
