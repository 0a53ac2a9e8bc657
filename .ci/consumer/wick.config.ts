import { conv2d, defineConfig, dense, flatten, maxPool2d, relu } from 'wick';
import { classes, size } from './bands.js';

export default defineConfig({
  name: 'bands',
  inputShape: [size, size, 1],
  layers: [
    conv2d({ outChannels: 4, kernelSize: 3 }),
    relu(),
    maxPool2d({ kernelSize: 2 }),
    flatten(),
    dense({ units: classes.length }),
  ],
  data: { directory: 'data', labels: classes },
  training: { epochs: 4, batchSize: 16, optimizer: { type: 'adam', learningRate: 0.01 } },
});
