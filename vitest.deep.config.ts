import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/**
 * `npm run test:deep`: the operators with many more random cases, see `propertyRuns` in test/support/oracle.ts, and the
 * import with many more hostile files.
 */
const { projects: _, ...common } = config.test ?? {};

export default defineConfig({
  test: {
    ...common,
    isolate: false,
    include: ['test/ops/*.test.ts', 'test/import/tflite/fuzz.test.ts'],
    env: { WICK_DEEP: '1' },
    testTimeout: 600_000,
  },
});
