// Writes the data set as IDX files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeIdx } from 'wick';
import { images, labels, size } from './built/bands.js';

mkdirSync('data');
for (const [split, count] of [
  ['train', 192],
  ['test', 60],
]) {
  const shape = [count, size, size];
  const image = writeIdx({ dtype: 'uint8', shape, data: images(count) });
  writeFileSync(`data/${split}-images-idx3-ubyte`, image);
  const label = writeIdx({ dtype: 'uint8', shape: [count], data: labels(count) });
  writeFileSync(`data/${split}-labels-idx1-ubyte`, label);
}
