// A temporary folder with scenario files, and a good scenario to start from, for the tests of loading.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { type LoadOptions, loadScenarios } from './load.ts'
import { sampleRegistry } from './registry.sample.ts'

export const headline = `name: retries-mask-trivial-errors
about: One upstream answer in twenty fails. With this policy users should hardly notice.
mesh:
  definition: ../book.yaml
upstreams:
  user-development: { hosts: 2, serviceTime: { p50: 3ms, p99: 20ms }, capacity: 50 }
traffic:
  - request: { host: user, method: GET, path: / }
    ratePerSecond: 300
    arrivals: poisson
duration: 3s
faults:
  - name: flaky-user
    target: user-development
    from: 500ms
    until: 2500ms
    abort: { status: 503, ratio: 0.05 }
expect:
  - policy: {}
  - success: ">= 0.99"
  - latency: { p99: "<= 400ms" }
  - recovery: { within: 1s }
`

export const pipelineHeadline = `name: poison-among-good
about: One line in ten cannot be read.
pipeline:
  config: ../config.yml
  shards: 2
  sink: { serviceTime: 20ms, capacity: 3 }
  fanOut: true
  asyncRetry: [100ms, 200ms]
objects:
  - bucket: logs
    prefix: "fast/a+b/"
    suffix: .gz
    format: s3-lines
    gzip: true
    ratePerSecond: 10
    arrivals: { ramp: { to: 20 } }
    lines: 20
    lineBytes: 300
    unreadableRatio: 0.1
    equalTexts: true
    from: 500ms
    until: 2500ms
  - { bucket: logs, prefix: slow/, ratePerSecond: 5, poisonRatio: 0.1 }
duration: 3s
settle: 30s
faults:
  - { name: crashes, target: main, crash: { first: 1 } }
  - { name: stalled, target: emulator, from: 1s, stall: {} }
operations:
  - { when: 1s, limit: { lane: slow, delay: 500ms, batchSize: 2 } }
  - { when: 2s, control: { lane: slow, latencyTarget: 250ms, every: 2s } }
  - { when: settled, drain: { chosenRatio: 0.5, oneByOne: true } }
  - { when: settled, drain: {} }
expect:
  - whole: { fault: crashes }
  - share: ">= 0.99"
falseAlarm: { probability: 0.0001, because: computed }
`

export interface ScenarioFolder extends AsyncDisposable {
  readonly path: string
  write(file: string, content: string | Uint8Array): Promise<void>
  load(paths?: readonly string[], grep?: string): Promise<readonly ScenarioRecord[]>
  /** The message that loading this text gives, without the folder's own path. */
  refusal(content: string | Uint8Array, file?: string): Promise<string>
}

/** Holds `book.yaml` and `config.yml`; scenarios go into `mesh/`. */
export async function scenarioFolder(
  clustersOf: () => Promise<readonly string[]> = async () => ['user-development', 'ab-testing'],
  pipelineProblems: LoadOptions['pipelineProblems'] = async () => [],
): Promise<ScenarioFolder> {
  const path = await mkdtemp(join(tmpdir(), 'scenarios-'))
  const write = async (file: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), content)
  }
  const load = (paths: readonly string[] = ['mesh'], grep?: string) =>
    loadScenarios(paths, sampleRegistry, {
      cwd: path,
      clustersOf,
      pipelineProblems,
      ...(grep === undefined ? {} : { grep }),
    })
  await write('book.yaml', 'version: 1\n')
  await write('config.yml', 'stack_name: logs\n')
  return {
    path,
    write,
    load,
    refusal: async (content, file = 'mesh/a.yaml') => {
      await write(file, content)
      const error: unknown = await load([file]).catch((thrown: unknown) => thrown)
      if (error instanceof InputError) return error.message.replaceAll(path, '')
      throw new Error('expected an InputError', { cause: error })
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}
