import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, ...common } = config.test ?? {};

/** `npm run test:boards`: whole models as firmware, on every board and in QEMU. */
export default defineConfig({
  test: {
    ...common,
    isolate: false,
    include: ['test/boards/*.test.ts'],
    testTimeout: 600_000,
  },
});
