import { defineConfig } from 'vitest/config'

const timed = ['src/checks/policy/power/*.live.test.ts', 'src/checks/edge/*.live.test.ts']

// Three projects: `unit` needs nothing but Node; `timed` and `live` start the real Envoy and LocalStack, one file after the
// other, because timings of two files side by side would disturb each other. `timed` judges milliseconds, so it comes before
// the others, which write hundreds of megabytes that the disk is busy with afterwards. Nothing is ever retried.
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
          name: 'timed',
          include: timed,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'live',
          include: ['src/**/*.live.test.ts'],
          exclude: [...timed, 'node_modules/**', 'dist/**'],
          fileParallelism: false,
          // After the others, on a machine that has nothing else to do.
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
