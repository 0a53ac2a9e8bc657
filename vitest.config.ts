import { defineConfig } from 'vitest/config';

/** Tests that get modules of their own. */
const apart = [
  // They put something else in a module's place.
  ...['test/cli/command-line.test.ts', 'test/report/build-report.test.ts'],
  // It compares whole runs, byte by byte, which users make in new processes.
  'test/cli/pipeline.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // By default one core is left free: of two, half.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: apart,
          // Loading the linker and compiling its code takes longer than most files' tests: once a worker is enough.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'isolated', include: apart } },
    ],
  },
});
