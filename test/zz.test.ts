import { it } from 'vitest';
import { compile } from '../src/compile/compile.ts';
import { WickError } from '../src/errors.ts';
import { loadModel } from '../src/runtime/model.ts';
import { readSections } from '../src/runtime/sections.ts';
import { smallClassifier } from './support/networks.ts';
it('x', async () => {
  const m = compile(smallClassifier(1), {optimize: 'size'});
  for (const bytes of [m.wasm, m.simdWasm]) {
  let p = 8; for (const s of readSections(bytes, '')) { console.log(s.id, s.name, p, s.totalBytes); p += s.totalBytes; }
  const code = (() => { let p = 8; for (const s of readSections(bytes, '')) { if (s.id === 10) return [p, p + s.totalBytes]; p += s.totalBytes; } return [0,0]; })();
  const counts = new Map<string, number>();
  const add = (k: string) => counts.set(k, (counts.get(k) ?? 0) + 1);
  for (let i = 0; i < bytes.length; i++) {
    const inCode = i >= code[0]! && i < code[1]!;
    for (const mask of [1, 0x80, 0xff, 0x10]) {
      const copy = bytes.slice(); copy[i]! ^= mask;
      try {
        const l = await loadModel(copy);
        if (inCode) { add('code loads'); continue; }
        const r = l.infer(l.description.inputs.map(({shape}) => new Int8Array(shape.reduce((a, b) => a * b, 1))));
        add('runs');
      } catch (e) { add(e instanceof WickError ? 'WickError ' + e.problem.what.slice(0, 40) : `${inCode} ${i} ${mask} ` + (e as Error).constructor.name + ': ' + (e as Error).message); }
    }
  }
  console.log(counts);
  }
});
