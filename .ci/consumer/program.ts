// The package's functions in a row, on arrays, with their types.
import {
  buildGraph,
  compile,
  type Dataset,
  loadModel,
  type Project,
  quantize,
  resolveProject,
  run,
  type Samples,
  train,
} from 'wick';
import { classes, images, labels, size } from './bands.js';
import config from './wick.config.js';

const project: Project = resolveProject(config, 'program');
const { name, inputShape, layers, training, seed } = project;
const samples = (count: number): Samples => ({
  data: images(count),
  labels: labels(count),
  shape: [size, size, 1],
  scale: Math.fround(1 / 255),
  zeroPoint: 0,
  count,
});
const dataset: Dataset = {
  name: 'bands',
  train: samples(192),
  test: samples(60),
  labels: classes,
};
const untrained = buildGraph({ name, inputShape, layers, labels: classes, seed });
const { graph } = await train({ graph: untrained, dataset, ...training, seed });
const { wasm } = compile(await quantize(graph, { calibration: dataset.train }));
const model = await loadModel(wasm);
for (const [index, expected] of classes.entries()) {
  const image = dataset.test.data.subarray(index * size * size, (index + 1) * size * size);
  const { label } = run(
    model,
    Int8Array.from(image, (value) => value - 128),
  );
  if (label !== expected) throw new Error(`image ${index} is '${label}', not '${expected}'`);
}
