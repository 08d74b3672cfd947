// What `run` promises beside its verdict: the same seed gives the same arrivals and planned faults, shards cover everything,
// metrics are served while it runs, its replay line works, and what was recorded is not lost.

import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import type { RunReport } from '../core/report-model.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'
import { everyFirstTryFails, smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

where.write('scenarios/book.json', smallDefinition())
for (const name of ['north', 'south', 'west']) {
  const traffic = [{ request: { host: 'user', path: '/a' }, ratePerSecond: 40, arrivals: 'poisson' }]
  const faults = [{ ...everyFirstTryFails, plan: { attempts: [503], ratio: 0.3 } }]
  const scenario = smallScenario({ name, traffic, faults, duration: '800ms', expect: [{ failures: '<= 10' }] })
  where.write(`scenarios/${name}.yaml`, scenario)
}

interface Recorded {
  readonly header: HistoryHeader
  readonly events: readonly HistoryEvent[]
}

function recordedIn(folder: string): Recorded {
  const [header = '', ...lines] = readFileSync(join(where.folder, folder, 'history.ndjson'), 'utf8')
    .trim()
    .split('\n')
  return { header: JSON.parse(header), events: lines.map((line) => JSON.parse(line)) }
}

/** What the seed decides about each request, in the order of sending. */
function decided({ events }: Recorded) {
  const starts = new Map(
    events.flatMap((event) => (event.kind === 'scenario-started' ? [[event.scenario, event.atMs] as const] : [])),
  )
  return events
    .flatMap((event) => {
      if (event.kind !== 'request-sent') return []
      const { id, scenario, traffic, method, host, path, plan } = event
      const offsetMs = event.intendedMs - (starts.get(scenario) ?? 0)
      return [{ id, scenario, offsetMs, traffic, method, host, path, plan }]
    })
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
}

function expectSame(left: ReturnType<typeof decided>, right: ReturnType<typeof decided>): void {
  const withoutTime = (requests: typeof left) => requests.map(({ offsetMs, ...rest }) => rest)
  expect(withoutTime(left)).toEqual(withoutTime(right))
  // Times are recorded to the microsecond, so two differences of them are 2 us apart at most.
  const apart = left.map(({ offsetMs }, index) => Math.abs(offsetMs - (right[index]?.offsetMs ?? Number.NaN)))
  expect(Math.max(...apart)).toBeLessThan(0.0025)
}

describe.concurrent('seed, selection and output', () => {
  test('the same seed gives the same requests, arrivals and planned faults, alone or together', async () => {
    const run = (seed: string, dir: string, ...more: string[]) =>
      where.shaketable(['run', '--seed', seed, '--dir', dir, ...more])
    const ends = await Promise.all([
      run('7', 'seed-a'),
      run('7', 'seed-b', '--grep', 'south'),
      run('8', 'seed-c', '--grep', 'south'),
    ])
    expect(ends.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', ''])
    const [all = [], south = [], other = []] = ['seed-a', 'seed-b', 'seed-c'].map((dir) =>
      decided(recordedIn(`${dir}/latest`)),
    )
    expect(south.length).toBeGreaterThan(10)
    expect(south.some(({ plan }) => plan.length > 0)).toBe(true)
    expect(south.every(({ scenario }) => scenario === 'south')).toBe(true)
    expectSame(
      all.filter(({ scenario }) => scenario === 'south'),
      south,
    )
    expect(new Set(all.map(({ scenario }) => scenario))).toEqual(new Set(['north', 'south', 'west']))
    expect(other.map(({ plan }) => plan)).not.toEqual(south.map(({ plan }) => plan))
  })

  test('shards cover everything, each scenario once; stdout is JSON and nothing else', async () => {
    const run = (shard: string) => where.shaketable(['run', '--shard', shard, '--dir', 'shards', '-o', 'json'])
    const ends = await Promise.all([run('1/2'), run('2/2')])
    const names = ends.flatMap(({ stdout }) => (JSON.parse(stdout) as RunReport).scenarios.map(({ name }) => name))
    expect(names.toSorted()).toEqual(['north', 'south', 'west'])
    for (const { code, stderr } of ends) {
      expect(code).toBe(0)
      expect(stderr).toMatch(/^seed \w+: .*\n(\[\d\/\d\] done {2}\w+\n)+$/)
    }
  })

  test('the replay line does it again', async () => {
    // What `npm install` does for a user.
    const launcher = fileURLToPath(new URL('../launcher.mjs', import.meta.url))
    mkdirSync(join(where.folder, 'node_modules/.bin'), { recursive: true })
    symlinkSync(launcher, join(where.folder, 'node_modules/.bin/shaketable'))
    const seed = "it's 7"
    const first = await where.shaketable(['run', 'scenarios/west.yaml', '--seed', seed, '--dir', 'replayed'])
    const [, line = ''] = /^replay {2}(.*?) {3}\(seed/m.exec(first.stdout) ?? []
    expect(line).toBe(`npx shaketable run scenarios/west.yaml --grep '^west$' --seed 'it'\\''s 7'`)
    const folder = realpathSync(join(where.folder, 'replayed/latest'))
    const before = decided(recordedIn('replayed/latest'))
    const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
    const again = await where.launch(['-c', `${line} --dir replayed`], { command: ['sh'], env }).finished
    expect(again.code).toBe(first.code)
    expect(realpathSync(join(where.folder, 'replayed/latest'))).not.toBe(folder)
    expectSame(decided(recordedIn('replayed/latest')), before)
  })
})

test('--metrics serves while it runs, and not longer', async () => {
  const running = where.launch(['run', '--grep', 'north', '--metrics', '0', '--dir', 'metrics'])
  const url = await running.printed(/^metrics (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m)
  const sent = async () => {
    const text = await fetch(url).then(
      (response) => response.text(),
      () => '',
    )
    return Number(/^shaketable_scenario_requests_total\{scenario="north"\} (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  await expect.poll(sent, { timeout: 20_000, interval: 20 }).toBeGreaterThan(3)
  expect((await running.finished).code).toBe(0)
  await expect(fetch(url)).rejects.toThrow()
})

test('when a later environment does not start, what was recorded before stays and can be judged', async () => {
  const envoy = await ensureEnvoy()
  // Together they are above what the runner sends at once, so the second waits for the first.
  const traffic = [{ request: { host: 'user', path: '/a' }, ratePerSecond: 300 }]
  where.write('two/book.json', smallDefinition())
  where.write('two/a.yaml', smallScenario({ name: 'first', traffic, duration: '500ms' }))
  where.write('two/b.yaml', smallScenario({ name: 'second', traffic, duration: '500ms', isolated: true }))
  const script = where.write(
    'half-envoy',
    `#!/bin/sh\ncase "$*" in *egress-2*) echo '[critical] no second time' >&2; exit 1 ;; esac\nexec '${envoy.path}' "$@"\n`,
  )
  chmodSync(script, 0o755)
  const end = await where.shaketable(['run', 'two', '--envoy', './half-envoy', '--dir', 'half'])
  expectOneError(end, 4, /envoy "egress-2" .*before it was ready(.*\n)* {2}last log: .*no second time/)
  const [, folder = ''] = /^failed: what was recorded until then is in (.*)$/m.exec(end.stderr) ?? []
  const { events } = recordedIn(folder)
  expect(
    events.filter(({ kind, scenario }) => kind === 'request-answered' && scenario === 'first').length,
  ).toBeGreaterThan(50)
  expect(events.at(-1)).toMatchObject({ kind: 'end', reason: 'failed' })
  expect(existsSync(join(where.folder, 'half/latest'))).toBe(false)
  const judged = await where.shaketable(['judge', folder])
  expect(judged).toMatchObject({ code: 2, stderr: '' })
  expect(judged.stdout).toMatch(/the run did not complete: it failed/)
  expect(leftovers(where)).toEqual(nothing)
})
