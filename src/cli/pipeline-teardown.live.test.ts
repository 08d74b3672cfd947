// However and whenever a run of a pipeline ends, two seconds later nothing of it is left: no LocalStack, no function's
// process (one of which never comes to an end), no port, no temporary folder. And when LocalStack itself is killed the run
// ends by itself, with one message and what it had recorded. The stages are known by what the run has done; the moments
// within them are drawn by a fixed seed.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { decide } from '../core/random.ts'
import { putSmallPipeline, smallObjects, smallPipelineScenario } from './test-pipeline-scenario.ts'
import {
  eventually,
  expectNothingLeft,
  leftovers,
  listeningPorts,
  type Playground,
  pidOf,
  playground,
  type Running,
} from './test-rig.ts'

type Ending = 'SIGINT' | 'SIGTERM' | 'SIGKILL'
const endings: readonly Ending[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGKILL: null } as const

const historyFiles = ({ folder }: Playground): readonly string[] => {
  const reports = join(folder, 'reports')
  if (!existsSync(reports)) return []
  return readdirSync(reports)
    .filter((name) => name !== 'latest')
    .map((name) => join(reports, name, 'history.ndjson'))
}

/** How often this stands in the history. */
const recorded = (where: Playground, text: string): number =>
  historyFiles(where).reduce(
    (sum, file) => sum + (existsSync(file) ? readFileSync(file, 'utf8').split(text).length - 1 : 0),
    0,
  )

async function until(condition: () => boolean): Promise<void> {
  if (!(await eventually(condition, 60_000))) throw new Error('what the test waits for did not come within 60 s')
}

/** Node writes its compile cache when it exits, which would count as ours. */
const withoutCache = { NODE_DISABLE_COMPILE_CACHE: '1' }

interface Stage {
  readonly scenario: object
  readonly begins: (where: Playground) => boolean
  readonly lastsMs: number
  /** Something was put by then, so the history is worth keeping. */
  readonly kept: boolean
  /** A function's process is certain to be there. */
  readonly works: boolean
}

const busy = smallObjects({ prefix: 'busy/', until: '200ms', lines: 1 })
const underLoad = smallPipelineScenario({ objects: [busy, smallObjects({ ratePerSecond: 10 })], duration: '4s' })
const settling = smallPipelineScenario({ objects: [busy, smallObjects()] })
/** Every object leaves an item in the table, and each is drained by itself. */
const draining = smallPipelineScenario({
  objects: [smallObjects({ ratePerSecond: 10, poisonRatio: 1 })],
  operations: [{ when: 'settled', drain: { oneByOne: true } }],
})
const frozen = smallPipelineScenario({
  objects: [busy, smallObjects()],
  duration: '6s',
  faults: [{ name: 'frozen', target: 'emulator', from: '2s', until: '5s', freeze: {} }],
})

/** Code of the functions is unpacked while the stack deploys. */
const isDeploying = ({ temporary }: Playground): boolean =>
  readdirSync(temporary).some((run) => existsSync(join(temporary, run, 'emulator-pipelines/tmp/lambda')))

const stages: Readonly<Record<string, Stage>> = {
  'while LocalStack starts': {
    scenario: smallPipelineScenario(),
    begins: (where) => recorded(where, '"process-started"') > 0,
    lastsMs: 700,
    kept: false,
    works: false,
  },
  'while the stack deploys': {
    scenario: smallPipelineScenario(),
    begins: isDeploying,
    lastsMs: 500,
    kept: false,
    works: false,
  },
  'under load, with a function that never ends': {
    scenario: underLoad,
    begins: (where) => recorded(where, '"line-delivered"') > 1,
    lastsMs: 1500,
    kept: true,
    works: true,
  },
  'while it settles': {
    scenario: settling,
    begins: (where) => recorded(where, '"object-put"') === 6,
    lastsMs: 1500,
    kept: true,
    works: true,
  },
  'while it drains': {
    scenario: draining,
    begins: (where) => recorded(where, '"operator-acted"') > 0,
    lastsMs: 800,
    kept: true,
    works: true,
  },
  'while the emulator is frozen': {
    scenario: frozen,
    begins: (where) => recorded(where, '"fault-injected"') > 0,
    lastsMs: 1000,
    kept: true,
    works: false,
  },
}

async function startedRun(where: Playground, name: string, what: string, stage: Stage): Promise<Running> {
  putSmallPipeline(where, { scenario: stage.scenario })
  const running = where.launch(['run'], { env: withoutCache })
  await Promise.race([
    until(() => stage.begins(where)),
    running.finished.then((end) => Promise.reject(new Error(`it ended before: ${JSON.stringify(end)}`))),
  ])
  // The functions' processes can be seen, so that none of them can be overlooked afterwards.
  if (stage.works) expect(leftovers(where).processes.join('\n')).toContain('node_runtime.cjs')
  await pause(decide('pipeline-teardown', name, what) * stage.lastsMs)
  return running
}

describe.each(Object.entries(stages))('%s', (name, stage) => {
  // Side by side: each looks for its own leftovers only.
  test.concurrent.for(endings)('%s leaves nothing but what was recorded', async (ending) => {
    using where = playground()
    const running = await startedRun(where, name, ending, stage)
    const ports = listeningPorts(where)
    const sinceMs = monotonicMs()
    running.child.kill(ending)
    await expectNothingLeft(where, sinceMs, ports)
    const { code, stdout, stderr } = await running.finished
    expect(stderr).not.toMatch(/^shaketable: |^\s+at |internal error/m)
    expect({ code, stdout }).toEqual({ code: exitCodes[ending], stdout: '' })
    if (ending !== 'SIGKILL') {
      expect(stderr).toMatch(
        stage.kept
          ? /^interrupted: what was recorded until then is in reports\/\S+$/m
          : /^interrupted before .*: nothing is kept$/m,
      )
    }
    if (!stage.kept) return expect(historyFiles(where)).toHaveLength(ending === 'SIGKILL' ? 1 : 0)
    const [file = ''] = historyFiles(where)
    expect(readdirSync(dirname(file))).toEqual(['history.ndjson'])
    const judged = await where.shaketable(['judge', dirname(file)])
    expect(judged).toMatchObject({ code: 2, stderr: '' })
    expect(judged.stdout).toMatch(ending === 'SIGKILL' ? /no end marker/ : /did not complete: it was interrupted/)
  })

  test('kill -9 of LocalStack ends the run, and says so once', async () => {
    using where = playground()
    const running = await startedRun(where, name, 'localstack', stage)
    const ports = listeningPorts(where)
    const sinceMs = monotonicMs()
    process.kill(pidOf(where, 'localstack.runtime.main'), 'SIGKILL')
    const { code, stdout, stderr } = await running.finished
    expect(monotonicMs() - sinceMs).toBeLessThan(2_000)
    await expectNothingLeft(where, sinceMs, ports)
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr.match(/^shaketable: localstack was ended by SIGKILL after \d+ ms.*\n( {2}.*\n)*/gm)).toHaveLength(1)
    expect(stderr).not.toMatch(/^\s+at |internal error|ECONN/m)
    if (!stage.kept) return expect(historyFiles(where)).toEqual([])
    expect(stderr).toMatch(/^failed: what was recorded until then is in reports\/\S+$/m)
    const [file = ''] = historyFiles(where)
    const judged = await where.shaketable(['judge', dirname(file)])
    expect(judged).toMatchObject({ code: 2, stderr: '' })
    expect(judged.stdout).toMatch(/did not complete: it failed/)
    expect(judged.stdout).toMatch(/localstack ended unasked/)
  })
})
