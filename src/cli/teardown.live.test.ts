// However and whenever a run ends, two seconds later nothing of it is left: no process, no port, no temporary folder. And
// what it had recorded is still there, to be judged as inconclusive. The moments are drawn by a fixed seed within stages
// that are known by what the run has done, so that a slow machine does not turn all of them into start-up.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { decide } from '../core/random.ts'
import { eventually, expectNothingLeft, listeningPorts, type Playground, playground, type Running } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

type Ending = 'SIGINT' | 'SIGTERM' | 'SIGKILL'
const endings: readonly Ending[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGKILL: null } as const
const launcher = fileURLToPath(new URL('../launcher.mjs', import.meta.url))

/** Two environments side by side, one with a frozen process and a sleeping thread in it. */
function shakenPlace(): Playground {
  const where = playground()
  where.write('scenarios/book.json', smallDefinition())
  const traffic = [{ request: { host: 'user', path: '/a' }, ratePerSecond: 40 }]
  const expectations = { traffic, duration: '3s', expect: [{ policy: {} }] }
  where.write('scenarios/a.yaml', smallScenario({ name: 'warm', ...expectations }))
  const faults = [
    { name: 'frozen', target: 'user-development', from: '50ms', freeze: {} },
    { name: 'vanished', target: 'user-development', from: '50ms', 'black-hole': {} },
  ]
  where.write('scenarios/b.yaml', smallScenario({ name: 'frozen', ...expectations, faults }))
  return where
}

function historyFiles({ folder }: Playground): readonly string[] {
  const reports = join(folder, 'reports')
  if (!existsSync(reports)) return []
  return readdirSync(reports)
    .filter((name) => name !== 'latest')
    .map((name) => join(reports, name, 'history.ndjson'))
}

/** Whole ones, or none. */
const reportsOf = (where: Playground) =>
  historyFiles(where)
    .map((file) => join(dirname(file), 'report.json'))
    .flatMap((file) => (existsSync(file) ? [readFileSync(file, 'utf8')] : []))

const recorded = (where: Playground, text: string) =>
  historyFiles(where).some((file) => existsSync(file) && readFileSync(file, 'utf8').includes(text))

async function until(condition: () => boolean): Promise<void> {
  if (!(await eventually(condition, 30_000))) throw new Error('what the test waits for did not come within 30 s')
}

/** Node writes its compile cache when it exits, which would count as ours. */
const withoutCache = { NODE_DISABLE_COMPILE_CACHE: '1' }

interface Stage {
  readonly begins: (where: Playground, running: Running) => Promise<unknown>
  readonly lastsMs: number
  /** Whether the run is certain to be going on, and so to say how it was ended. */
  readonly certain: boolean
}

const stages: Readonly<Record<string, Stage>> = {
  'while the program loads': { begins: async () => {}, lastsMs: 400, certain: false },
  'while the environment starts': { begins: (_, running) => running.printed(/^seed /m), lastsMs: 500, certain: true },
  'when its first process runs': {
    begins: (where) => until(() => recorded(where, 'process-started')),
    lastsMs: 300,
    certain: true,
  },
  'under load': { begins: (where) => until(() => recorded(where, 'request-answered')), lastsMs: 1500, certain: true },
  'while it closes': { begins: (_, running) => running.printed(/done {2}frozen/), lastsMs: 300, certain: false },
}

describe.each(Object.entries(stages))('%s', (name, stage) => {
  // The three side by side: each looks for its own leftovers only.
  test.concurrent.for(endings)('%s leaves nothing but what was recorded', async (ending) => {
    using where = shakenPlace()
    const running = where.launch(['run'], { env: withoutCache })
    await stage.begins(where, running)
    await pause(decide('teardown', name, ending) * stage.lastsMs)
    const ports = listeningPorts(where)
    const sinceMs = monotonicMs()
    running.child.kill(ending)
    await expectNothingLeft(where, sinceMs, ports)
    const { code, stdout, stderr } = await running.finished
    expect(stderr).not.toMatch(/^shaketable: |^\s+at |internal error/m)
    for (const report of reportsOf(where)) expect(JSON.parse(report)).toHaveProperty('verdict')
    if (!stage.certain) return
    expect(code).toBe(exitCodes[ending])
    expect(stdout).toBe('')
    if (name !== 'under load') return
    const [file = ''] = historyFiles(where)
    expect(readdirSync(dirname(file))).toEqual(['history.ndjson'])
    const judged = await where.shaketable(['judge', dirname(file)])
    expect(judged).toMatchObject({ code: 2, stderr: '' })
    expect(judged.stdout).toMatch(ending === 'SIGKILL' ? /no end marker/ : /did not complete: it was interrupted/)
    if (ending !== 'SIGKILL') expect(stderr).toMatch(/^interrupted: what was recorded until then is in reports\/\S+$/m)
  })
})

describe.concurrent('through another process in front', () => {
  const underLoad = async (where: Playground, running: Running): Promise<number> => {
    await until(() => recorded(where, 'request-answered'))
    expect(running.child.pid).toBeDefined()
    return running.child.pid ?? 0
  }

  test('npm start: Ctrl-C in a terminal, which goes to the whole group', async () => {
    using where = shakenPlace()
    where.write('package.json', { scripts: { start: `'${process.execPath}' '${launcher}' run` } })
    const running = where.launch(['start', '--no-update-notifier'], {
      command: ['npm'],
      group: true,
      env: withoutCache,
    })
    const pid = await underLoad(where, running)
    const ports = listeningPorts(where)
    const sinceMs = monotonicMs()
    process.kill(-pid, 'SIGINT')
    await expectNothingLeft(where, sinceMs, ports)
    const [file = ''] = historyFiles(where)
    expect(readFileSync(file, 'utf8')).toMatch(/"kind":"end","reason":"interrupted","dropped":0\}\n$/)
  })

  test.for(['SIGINT', 'SIGKILL'] as const)('on an older Node: %s to the first launcher', async (ending) => {
    using where = shakenPlace()
    const old = `if (!process.env.SHAKETABLE_RELAUNCHED) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })`
    const command = [process.execPath, '--import', where.write('old.mjs', old), launcher]
    const running = where.launch(['run'], { command, group: true, env: withoutCache })
    const pid = await underLoad(where, running)
    const ports = listeningPorts(where)
    const sinceMs = monotonicMs()
    process.kill(ending === 'SIGINT' ? -pid : pid, ending)
    await expectNothingLeft(where, sinceMs, ports)
    expect((await running.finished).code).toBe(exitCodes[ending])
  })
})

describe.concurrent('while a tool is fetched', () => {
  /** A python3 that never comes back, and a cache with nothing in it. */
  function stalledPlace() {
    const where = playground()
    where.write('scenarios/book.json', smallDefinition())
    where.write('scenarios/a.yaml', smallScenario())
    chmodSync(where.write('bin/python3', '#!/bin/sh\nsleep 600 & wait\n'), 0o755)
    const cache = join(where.folder, 'cache')
    const env = { ...withoutCache, PATH: `${join(where.folder, 'bin')}:${process.env.PATH}`, SHAKETABLE_CACHE: cache }
    return { where, env, cached: () => readdirSync(join(cache, 'shaketable')) }
  }

  test.for(endings.flatMap((ending) => (['run', 'setup'] as const).map((command) => [command, ending] as const)))(
    '%s: %s',
    async ([command, ending]) => {
      const { where, env, cached } = stalledPlace()
      using _ = where
      const running = where.launch([command], { env })
      await running.printed(/Envoy \S+: downloading/)
      const sinceMs = monotonicMs()
      running.child.kill(ending)
      await expectNothingLeft(where, sinceMs, [])
      const { code, stderr } = await running.finished
      expect(code).toBe(exitCodes[ending])
      expect(stderr).not.toMatch(/^shaketable: |^\s+at /m)
      expect(historyFiles(where)).toEqual([])
      if (ending !== 'SIGKILL') return expect(cached()).toEqual([])
      // Who comes next takes the lock over and clears up, here without a python3 at all.
      mkdirSync(join(where.folder, 'empty'))
      const next = await where.shaketable(['setup'], { env: { ...env, PATH: join(where.folder, 'empty') } })
      expect(next).toMatchObject({ code: 4, stderr: expect.stringContaining('python3 not found') })
      expect(cached()).toEqual([])
    },
  )
})
