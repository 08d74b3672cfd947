// `run --watch` by the real command and the real Envoy: what a save leads to, in what order, and that nothing is left.

import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import type { HistoryEvent } from '../../core/history.ts'
import type { RunReport } from '../../core/report-model.ts'
import { expectNothingLeft, listeningPorts, type Playground, playground, type Running } from '../test-rig.ts'
import { everyFirstTryFails, plainRoute, smallDefinition, smallScenario } from '../test-scenario.ts'

const expectations = { expect: [{ failures: '<= 0' }, { 'no-surprise-logs': {} }] }

interface Session {
  readonly where: Playground
  readonly running: Running
  /** Does what is to be saved, and waits for the next verdict, or the next word about what is watched. */
  after(save: () => void): Promise<string>
}

async function session(where: Playground, args: readonly string[] = []): Promise<Session> {
  const running = where.launch(['run', '--watch', '--seed', 'abc', ...args], {
    env: { NODE_DISABLE_COMPILE_CACHE: '1' },
  })
  let text = ''
  let told = 0
  const waiting = new Set<() => void>()
  for (const stream of [running.child.stdout, running.child.stderr]) {
    stream?.on('data', (chunk: string) => {
      text += chunk
      for (const look of [...waiting]) look()
    })
  }
  const next = () =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = /watching \d+ scenarios?.*\n/.exec(text.slice(told))
        if (found === null) return
        waiting.delete(look)
        const said = text.slice(told, told + found.index + found[0].length)
        told += said.length
        resolve(said)
      }
      waiting.add(look)
      void running.finished.then((end) => reject(new Error(`it ended: ${JSON.stringify(end)}`)))
      look()
    })
  await next()
  return {
    where,
    running,
    after(save) {
      save()
      return next()
    },
  }
}

function runFolders({ folder }: Playground): readonly string[] {
  const reports = join(folder, 'reports')
  return readdirSync(reports)
    .filter((name) => name !== 'latest')
    .sort()
    .map((name) => join(reports, name))
}

const latest = ({ folder }: Playground) => realpathSync(join(folder, 'reports/latest'))
const reportIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as RunReport
const eventsIn = (folder: string) =>
  readFileSync(join(folder, 'history.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as HistoryEvent)
const processesIn = (folder: string) =>
  eventsIn(folder).flatMap((event) => (event.kind === 'process-started' ? [`${event.process} ${event.pid}`] : []))

test('saves lead to runs of what they concern, in one warm environment, and Ctrl-C ends all', async () => {
  using where = playground()
  where.write('scenarios/book.json', smallDefinition())
  where.write('scenarios/a.yaml', smallScenario({ name: 'a', ...expectations }))
  where.write('scenarios/b.yaml', smallScenario({ name: 'b', mesh: { definition: 'b.json' }, ...expectations }))
  where.write('scenarios/b.json', smallDefinition())
  const watching = await session(where)
  const [first = ''] = runFolders(where)
  expect(reportIn(first)).toMatchObject({ verdict: 'pass', scenarios: [{ name: 'a' }, { name: 'b' }] })

  // A changed scenario alone, in the same processes, on a clock of its own, with nothing of the run before in it.
  const said = await watching.after(() =>
    where.write('scenarios/a.yaml', smallScenario({ name: 'a', faults: [everyFirstTryFails], ...expectations })),
  )
  expect(said).toMatch(
    /passed +a .*[\s\S]*compared with .*attempts per request 1\.00 → 2\.00[\s\S]*verdict [\d.]+ m?s after the save/,
  )
  const second = latest(where)
  expect(reportIn(second)).toMatchObject({
    verdict: 'pass',
    scenarios: [{ name: 'a', requests: { sent: 40, attempts: 80 } }],
  })
  expect(processesIn(second)).toEqual(processesIn(first))
  expect(eventsIn(second).every((event) => event.atMs >= 0 && event.scenario !== 'b')).toBe(true)
  expect(eventsIn(second).filter(({ kind }) => kind === 'request-answered')).toHaveLength(40)

  // A changed definition: the warm Envoy is served it, and the oracle holds it to that.
  const broken = await watching.after(() => where.write('scenarios/book.json', smallDefinition(plainRoute)))
  expect(broken).toMatch(/failed +a .*[\s\S]*compared with .*1 verdict changed; a: passed → failed/)
  const third = latest(where)
  expect(processesIn(third)).toEqual(processesIn(first))
  expect(reportIn(third).scenarios).toMatchObject([{ name: 'a', requests: { failed: 40 } }])

  // Half saved: said with its place, and nothing is run; then it goes on.
  const half = await watching.after(() => where.write('scenarios/a.yaml', '{ "name": "a", '))
  expect(half).toMatch(/^shaketable: scenarios\/a\.yaml:1:\d+: expected YAML/m)
  expect(latest(where)).toBe(third)

  // More hosts need another environment.
  const upstreams = { 'user-development': { hosts: 2 } }
  await watching.after(() =>
    where.write('scenarios/a.yaml', smallScenario({ name: 'a', upstreams, expect: [{ failures: '<= 0' }] })),
  )
  const fourth = latest(where)
  expect(reportIn(fourth)).toMatchObject({ verdict: 'pass', comparison: { run: third.split('/').at(-1) } })
  expect(processesIn(fourth)).not.toEqual(processesIn(first))
  expect(new Set(eventsIn(fourth).flatMap((event) => (event.kind === 'attempt-seen' ? [event.host] : [])))).toEqual(
    new Set([1, 2]),
  )

  expect(await watching.after(() => where.write('scenarios/notes.txt', 'x'))).toMatch(/no scenario is concerned/)
  const judged = await where.shaketable(['judge', second, '-o', 'json'])
  expect(JSON.parse(judged.stdout)).toEqual(reportIn(second))

  const ports = listeningPorts(where)
  const sinceMs = monotonicMs()
  watching.running.child.kill('SIGINT')
  await expectNothingLeft(where, sinceMs, ports)
  expect((await watching.running.finished).code).toBe(130)
})

test('a scenario with an environment of its own gets the next one, started ahead of time', async () => {
  using where = playground()
  where.write('scenarios/book.json', smallDefinition())
  const dead = (until: string) => ({ name: 'dead', target: 'user-development', from: '200ms', until, kill: {} })
  const scenario = (until: string) => smallScenario({ faults: [dead(until)], expect: [{ success: '>= 0.1' }] })
  where.write('scenarios/a.yaml', scenario('400ms'))
  const watching = await session(where)
  const [first = ''] = runFolders(where)
  await watching.after(() => where.write('scenarios/a.yaml', scenario('500ms')))
  const second = latest(where)
  const egress = (folder: string) => processesIn(folder).filter((process) => process.startsWith('egress'))
  expect(egress(second)).not.toEqual(egress(first))
  // It was there before the run began.
  const started = eventsIn(second).find((event) => event.kind === 'scenario-started')
  expect(started).toMatchObject({ environmentReadyMs: expect.any(Number) })
  if (started?.kind !== 'scenario-started') throw new Error('it was just found')
  expect(started.atMs).toBeLessThan((started.environmentReadyMs ?? 0) + 300)
  expect(
    eventsIn(second).flatMap(({ kind }) => (kind === 'fault-injected' || kind === 'fault-healed' ? [kind] : [])),
  ).toEqual(['fault-injected', 'fault-healed'])
  const ports = listeningPorts(where)
  const sinceMs = monotonicMs()
  watching.running.child.kill('SIGTERM')
  await expectNothingLeft(where, sinceMs, ports)
})

test('an ejection of the run before does not last into the next', async () => {
  using where = playground()
  const [user] = smallDefinition(plainRoute).dependencies
  const outliers = { consecutive_5xx: 3, interval_ms: 100, base_ejection_time_ms: 60_000, max_ejection_percent: 50 }
  where.write('scenarios/book.json', { version: 1, dependencies: [{ ...user, outlier_detection: outliers }] })
  const bad = { name: 'bad-host', target: 'user-development', host: 2, abort: { status: 503 } }
  const scenario = { upstreams: { 'user-development': { hosts: 2 } }, faults: [bad] }
  const save = () => where.write('scenarios/a.yaml', smallScenario({ ...scenario, expect: [{ success: '>= 0.3' }] }))
  save()
  const watching = await session(where)
  await watching.after(save)
  await watching.after(save)
  const runs = runFolders(where)
  expect(runs).toHaveLength(3)
  for (const run of runs) {
    const events = eventsIn(run)
    expect(events.filter(({ kind }) => kind === 'host-ejected')).toHaveLength(1)
    expect(events.filter((event) => event.kind === 'attempt-seen' && event.host === 2).length).toBeGreaterThanOrEqual(3)
    expect(processesIn(run)).toEqual(processesIn(runs[0] ?? ''))
  }
  watching.running.child.kill('SIGINT')
  await watching.running.finished
})

test('a definition that is wrong is told as at any start, and the next save is awaited', async () => {
  using where = playground()
  where.write('scenarios/book.json', smallDefinition())
  where.write('scenarios/a.yaml', smallScenario())
  const watching = await session(where)
  const refused = await watching.after(() =>
    where.write('scenarios/book.json', smallDefinition({ ...plainRoute, prefix: undefined, regex: '(' })),
  )
  expect(refused).toMatch(/^shaketable: \S+book\.json has 2 problems/m)
  const mended = await watching.after(() => where.write('scenarios/book.json', smallDefinition(plainRoute)))
  expect(mended).toMatch(/passed +calm/)
  const sinceMs = monotonicMs()
  watching.running.child.kill('SIGINT')
  await expectNothingLeft(where, sinceMs, listeningPorts(where))
})
