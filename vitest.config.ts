import { defineConfig } from 'vitest/config'

// Two projects: `unit` needs nothing but Node; `live` starts the real Envoy, one file after the other, because timings
// of two files side by side would disturb each other. Nothing is ever retried.
export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          // Many of them wait for a child process or a socket, so one more than there are cores.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
          include: ['src/**/*.test.ts', 'localstack/**/*.test.ts'],
          exclude: ['**/*.live.test.ts', 'node_modules/**', 'dist/**'],
        },
      },
      {
        test: {
          name: 'live',
          include: ['src/**/*.live.test.ts'],
          fileParallelism: false,
          // After the others, on a machine that has nothing else to do.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
