// `shaketable explain` on histories made up in memory: what it says of one request, of an object and of a line, and how it
// finds the one that was meant. The rules' own answers are judged by the tests of the rules.

import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { declaredPolicy, plainRoute, retryRoute } from '../checks/policy/declared-example.ts'
import type { HistoryHeader } from '../core/history.ts'
import { syntheticHeader, syntheticRun, syntheticScenario, syntheticText } from '../core/synthetic-history.ts'
import { syntheticPipelineHeader, syntheticPipelineRun, syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { explainRun } from './explain/explain-run.ts'
import { explanationText } from './explain/explanation-text.ts'
import { expectOneError, playground } from './test-rig.ts'

/** For those that start the command, on a machine that may be busy. */
vi.setConfig({ testTimeout: 30_000 })

const where = playground()
afterAll(() => where[Symbol.dispose]())

const hostRewrite = { kind: 'literal', value: 'user' } as const
const retry = { ...retryRoute.retry, on: ['5xx'], retries: 1, backOffBaseMs: 25, backOffMaxMs: 250 }
const policy = declaredPolicy({
  routes: [
    { ...retryRoute, cluster: 'user', hostRewrite, retry },
    { ...plainRoute, cluster: 'user', hostRewrite },
  ],
  cluster: { name: 'user' },
})

function header(expected: readonly { check: string; config: unknown }[]): HistoryHeader {
  const scenario = syntheticScenario({ expect: expected })
  return { ...syntheticHeader([scenario]), declaredPolicy: { synthetic: policy } }
}

const requests = [
  { id: 'abc1234-0-1', intendedMs: 0 },
  {
    id: 'abc1234-0-2',
    intendedMs: 20,
    attempts: [{ code: 503, faultFlags: ['FI'] }, { code: 503 }, { code: 200, tookMs: 5 }],
    plan: [
      { fault: 'flaky', attempt: 1, status: 503, target: 'user' },
      { fault: 'flaky', attempt: 4, status: 503, target: 'user', delayMs: 20, host: 2 },
    ],
  },
  { id: 'abc1234-0-20', intendedMs: 40, attempts: [{ code: 503, flags: ['URX'] }], flags: ['URX'] },
]
const expected = [{ check: 'policy', config: { disable: ['host-header'] } }]
/** With a connection for each attempt, at once. */
const events = syntheticRun(requests).map((event) =>
  event.kind === 'attempt-logged' ? { ...event, readyMs: event.startMs, headMs: event.atMs } : event,
)
where.write('reports/latest/history.ndjson', syntheticText(header(expected), events))
where.write('other/history.ndjson', syntheticText(header([]), events))

const explained = (folder: string, id: string) => explainRun(join(where.folder, folder), id)
const textOf = async (folder: string, id: string) => explanationText(await explained(folder, id))

describe('a request', () => {
  test('its timeline, its plan, its tries, what is declared, what each rule said, and the findings', async () => {
    const end = await where.shaketable(['explain', 'abc1234-0-2'])
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toBe(
      `abc1234-0-2: GET user/ in synthetic ((inline), fail)
  the client got 200 after 11 ms
  Envoy logged 200, cluster user, 3 tries
  details via_upstream: the upstream answered

timeline
  ✓ client     0 ms to 11 ms  GET user/: 200
  ✗ attempt 1  0 ms to  3 ms  503 (abort injected) at 127.0.0.2:8080
  ✗ attempt 2  3 ms to  6 ms  503 at 127.0.0.2:8080
  ✓ attempt 3  6 ms to 11 ms  200 at 127.0.0.2:8080

planned for it by the seed
  try 1: answered 503 at user (fault flaky)
  try 4: 20 ms late, answered 503 at host 2 of user (fault flaky), but there was no such try

tries
  1: 503 from 127.0.0.2:8080, begun at 0 ms, took 3 ms
     at the upstream side: 503, FI (aborted by a fault filter)
  2: 503 from 127.0.0.2:8080, begun at 3 ms, took 3 ms
     at the upstream side: 503
  3: 200 from 127.0.0.2:8080, begun at 6 ms, took 5 ms
     at the upstream side: 200

declared
  route prefix / (GET or HEAD) to cluster user   book.yaml:1
  route timeout 3000 ms   book.yaml:1
  up to 1 retries on 5xx   book.yaml:1
  1000 ms per try   book.yaml:1
  back-off below 25 ms before the first retry, doubling, at most 250 ms

rules
`.concat(end.stdout.slice(end.stdout.indexOf('rules\n') + 'rules\n'.length)),
    )
    expect(end.stdout).toMatch(/^ {2}VIOLATED attempts: .*\n {4}expected .*\n {4}observed .*\n {4}book\.yaml:1: /m)
    expect(end.stdout).toMatch(/^ {2}kept: complete, route, protocol/m)
    expect(end.stdout).toMatch(/^ {2}switched off: host-header$/m)
    expect(end.stdout).toMatch(/\n\nfindings that name it\n {2}attempts: /)
  })

  test('as data', async () => {
    const end = await where.shaketable(['explain', 'reports/latest', 'abc1234-0-2', '-o', 'json'])
    expect(end.code).toBe(0)
    const told = JSON.parse(end.stdout)
    expect(told).toEqual(JSON.parse(JSON.stringify(await explained('reports/latest', 'abc1234-0-2'))))
    expect(told).toMatchObject({
      schema: 1,
      kind: 'request',
      id: 'abc1234-0-2',
      scenario: { name: 'synthetic', verdict: 'fail' },
      answer: { status: 200 },
      declared: { route: { cluster: 'user' }, lines: { retries: { file: 'book.yaml', line: 1 } } },
      isPolicyExpected: true,
      rules: expect.arrayContaining([expect.objectContaining({ rule: 'attempts', said: 'violated' })]),
      findings: expect.arrayContaining([expect.objectContaining({ requestId: 'abc1234-0-2' })]),
    })
  })

  test('a flag has its words, and rules are asked where the scenario does not expect them', async () => {
    const text = await textOf('other', 'abc1234-0-20')
    expect(text).toMatch(/flag URX: the limit of retries was reached/)
    expect(text).toMatch(/^rules \(this scenario does not expect policy; they were asked for you\)$/m)
  })

  test('a beginning is enough where it is the only one; the whole name wins over a longer one', async () => {
    for (const id of ['abc1234-0-1', 'abc1234-0-2', 'abc1234-0-20']) {
      expect(await explained('other', id)).toMatchObject({ id })
    }
    await expect(explained('other', 'abc')).rejects.toThrow(
      /several requests begin with "abc": abc1234-0-1, abc1234-0-2, abc1234-0-20\n/,
    )
  })

  test('one that is not there', async () => {
    const message = /reports\/latest: no request "abc1234-0-3" in this run; the nearest: abc1234-0-[12]/
    expectOneError(await where.shaketable(['explain', 'abc1234-0-3']), 3, message)
    await expect(explained('nowhere', 'abc')).rejects.toThrow(/nowhere: no history\.ndjson/)
    expectOneError(await where.shaketable(['explain']), 3, /explain expects the id of a request/)
  })
})

describe('an object of a pipeline', () => {
  const scenario = syntheticPipelineScenario({ expect: [{ check: 'nothing-lost', config: {}, line: 7 }] })
  const journeys = [
    { object: 'logs/app/1.log', atMs: 1000, lines: 3 },
    { object: 'logs/app/2.log', atMs: 1100, lines: 3, fate: 'refused', fault: 'throttled' },
    { object: 'logs/app:7', atMs: 1200, lines: 8, poison: [{ first: 2, last: 2 }] },
  ] as const
  const text = syntheticText(syntheticPipelineHeader([scenario]), syntheticPipelineRun(journeys))
  where.write('pipe/history.ndjson', text)

  test('what became of its lines, its way, and the findings', async () => {
    const text = await textOf('pipe', 'logs/app/2.log')
    expect(text).toMatch(
      /^logs\/app\/2\.log in synthetic \(\(inline\), fail\)\n {2}put at .*: lost between event-pusher and lane fast\n {2}of 3 lines: 3 lost\n/,
    )
    expect(text).toMatch(/\n\ntimeline\n {2}✓ bucket .* put\n/)
    expect(text).toMatch(/\n\nfindings that name it\n {2}nothing-lost: lines 1 to 3 of logs\/app\/2\.log/)
  })

  test('one line of it; a colon in a key is no line', async () => {
    expect(await explained('pipe', 'logs/app:7:2')).toMatchObject({
      object: 'logs/app:7',
      line: 2,
      fates: { parked: 1 },
    })
    const whole = { object: 'logs/app:7', lines: 8, fates: { 'delivered once': 7, parked: 1 } }
    expect(await explained('pipe', 'logs/app:7')).toMatchObject(whole)
  })

  test('a line that it has not, and an object that is not there', async () => {
    expect(await textOf('pipe', 'logs/app/1.log:4')).toMatch(/the object has 3 lines: line 4 was never owed/)
    await expect(explained('pipe', 'logs/app/3.log')).rejects.toThrow(
      /no object "logs\/app\/3\.log" in this run; the nearest: logs\/app\/1\.log, logs\/app\/2\.log/,
    )
  })
})
