// Over real connections. Which call is served when is told by the order of events, not by the clock, wherever possible.

import { Agent, request } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import type { LineDelivered, NewEvent } from '../../core/history.ts'
import type { CallAction } from '../../core/pipeline-fault.ts'
import type { HopCall, HopCallSeen } from '../aws-hop/hop-context.ts'
import { type SinkScenario, startSink } from './sink.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

interface Rig {
  readonly action?: CallAction
  readonly crash?: (invocation16: string) => void | Promise<void>
}

async function start(changes: Partial<SinkScenario> = {}, rig: Rig = {}) {
  const events: Omit<LineDelivered, 'seq'>[] = []
  const calls: HopCall[] = []
  const seen: HopCallSeen[] = []
  const order: string[] = []
  const sink = await startSink({
    emit: (event: NewEvent) => {
      if (event.kind !== 'line-delivered') return
      events.push(event)
      order.push('delivered')
    },
    now: monotonicMs,
    ...(rig.crash === undefined ? {} : { crash: rig.crash }),
  })
  const agent = new Agent({ keepAlive: true })
  stops.push(async () => {
    agent.destroy()
    await sink.stop()
  })
  const { action } = rig
  sink.serve({
    key: 's1',
    scenario: 'steady',
    serviceTimeMs: 0,
    contentOf: (object) => (object === 'logs/a' ? { lines: 10, messageOf: (line) => `text ${line}` } : undefined),
    decide: (call) => {
      seen.push(call)
      return action === undefined ? undefined : { action, fault: 'flaky', detail: 'as planned' }
    },
    onCall: (call) => {
      calls.push(call)
      order.push('told')
    },
    ...changes,
  })
  const post = (body: unknown, headers: Record<string, string> = {}, path = '/deliver') =>
    posted(agent, `${sink.urlOf('s1')}${path}`, typeof body === 'string' ? body : JSON.stringify(body), headers)
  return { sink, events, calls, seen, order, post }
}

function posted(agent: Agent, url: string, body: string, headers: Record<string, string>) {
  return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, agent }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(body)
  })
}

const lines = (...numbers: readonly number[]) => numbers.map((line) => [line, `text ${line}`])
const runsOf = (events: readonly Omit<LineDelivered, 'seq'>[]) =>
  events.map(({ line, last, altered }) => [line, last ?? line, altered ?? false])

describe('what was taken', () => {
  test('runs of consecutive lines, before the answer', async () => {
    const { post, events, order } = await start()
    const answer = await post({ object: 'logs/a', lines: lines(1, 2, 3, 5, 6, 9, 2) })
    order.push('answered')
    expect(answer).toEqual({ status: 200, body: '{"taken":7}' })
    expect(runsOf(events)).toEqual([
      [1, 3, false],
      [5, 6, false],
      [9, 9, false],
      [2, 2, false],
    ])
    expect(events[0]).toMatchObject({ src: 'sink', scenario: 'steady', object: 'logs/a' })
    expect(events[2]).not.toHaveProperty('last')
    expect(order).toEqual(['delivered', 'delivered', 'delivered', 'delivered', 'told', 'answered'])
  })

  test('altered texts, lines that the object has not and objects that nobody put are told apart', async () => {
    const { post, events } = await start()
    await post({ object: 'logs/a', lines: [...lines(1), [2, 'text 3'], [3, 'text 3\r'], ...lines(4, 11)] })
    await post({ object: 'logs/unknown', lines: lines(1, 2) })
    expect(runsOf(events)).toEqual([
      [1, 1, false],
      [2, 3, true],
      [4, 4, false],
      [11, 11, true],
      [1, 2, true],
    ])
  })

  test('no lines at all are taken, too', async () => {
    const { post, events } = await start()
    expect((await post({ object: 'logs/a', lines: [] })).status).toBe(200)
    expect(events).toEqual([])
  })

  test('scenarios of one sink are told apart by their path, and may get new settings', async () => {
    const { sink, post, events } = await start()
    expect((await post({ object: 'logs/a', lines: [] }, {}, '/nothing')).status).toBe(404)
    sink.serve({ key: 's1', scenario: 'other', serviceTimeMs: 0, contentOf: () => undefined })
    await post({ object: 'logs/a', lines: lines(1) })
    expect(events.map(({ scenario }) => scenario)).toEqual(['other'])
  })
})

test.each([
  ['no json', 'JSON expected'],
  ['null', 'object expected'],
  [{ object: 'a' }, 'lines expected'],
  [{ object: 'a', lines: [[0, 'x']] }, 'from 1 on'],
  [{ object: 'a', lines: [[1.5, 'x']] }, 'from 1 on'],
  [{ object: 'a', lines: [['1', 'x']] }, 'from 1 on'],
  [{ object: 'a', lines: [[1]] }, 'as [number, text, time]'],
  [{ object: 'a', lines: [[1, 'x', 'noon']] }, 'as [number, text, time]'],
  [{ object: 'a', lines: [[1, 2]] }, 'from 1 on'],
  [{ object: 'a', lines: Array.from({ length: 1001 }, (_, index) => [index + 1, 'x']) }, 'at most 1000'],
])('%o is refused, and nothing of it taken', async (body, text) => {
  const { post, events, calls } = await start()
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body).error).toContain(text)
  expect([events, calls]).toEqual([[], []])
})

describe('faults', () => {
  const header = { 'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000;Parent=00112233AABBCCDD;Sampled=1' }
  const delivery = { object: 'logs/a', lines: lines(1, 2) }

  test('the call is described as the hop does', async () => {
    const { post, seen, calls } = await start()
    await post(delivery, header)
    expect(seen).toEqual([
      {
        function: 'main',
        functionName: '',
        invocation16: '00112233aabbccdd',
        service: 'sink',
        operation: 'Deliver',
        objects: ['logs/a'],
        entries: 2,
      },
    ])
    expect(calls[0]).toMatchObject({ ...seen[0], kind: 'aws-called', status: 200, applied: true })
    expect(calls[0]).not.toHaveProperty('fault')
  })

  test('a status or a throttle is answered, and nothing taken', async () => {
    for (const [action, status] of [
      [{ status: 503 }, 503],
      [{ throttle: true }, 429],
    ] as const) {
      const { post, events, calls } = await start({}, { action })
      expect((await post(delivery)).status).toBe(status)
      expect(events).toEqual([])
      expect(calls[0]).toMatchObject({ status, applied: false, fault: 'flaky', detail: 'as planned' })
    }
  })

  test('a reset before takes nothing, one after takes all', async () => {
    for (const reset of ['before', 'after'] as const) {
      const { post, events, calls } = await start({}, { action: { reset } })
      await expect(post(delivery)).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect(runsOf(events)).toEqual(reset === 'before' ? [] : [[1, 2, false]])
      expect(calls[0]).toMatchObject({ status: 0, error: 'reset', applied: reset === 'after' })
    }
  })

  test('a crash kills the caller before it could see the connection end', async () => {
    for (const crash of ['before', 'after'] as const) {
      const order: string[] = []
      const { post, events } = await start(
        {},
        {
          action: { crash },
          crash: async (invocation16) => {
            await new Promise((resolve) => setImmediate(resolve))
            order.push(`killed ${invocation16}`)
          },
        },
      )
      await post(delivery, header).catch(() => order.push('connection ended'))
      expect(order).toEqual(['killed 00112233aabbccdd', 'connection ended'])
      expect(runsOf(events)).toEqual(crash === 'before' ? [] : [[1, 2, false]])
    }
  })

  test('a delay comes before the work, and the other fault after the delay', async () => {
    const { post, calls } = await start({}, { action: { delayMs: 60, status: 500 } })
    expect((await post(delivery)).status).toBe(500)
    const [call] = calls
    expect((call?.atMs ?? 0) - (call?.startMs ?? 0)).toBeGreaterThanOrEqual(59)
  })
})

describe('capacity', () => {
  const timed = { serviceTimeMs: 30 }
  const numbers = [1, 2, 3, 4, 5, 6]

  test('one at a time: calls are served in their order and take the sum of their times', async () => {
    const { post, events, seen } = await start({ ...timed, capacity: 1 })
    const startedMs = monotonicMs()
    // One connection each, and each surely there before the next.
    const open: Promise<unknown>[] = []
    for (const number of numbers) {
      open.push(post({ object: 'logs/a', lines: lines(number) }))
      await vi.waitUntil(() => seen.length === number, { interval: 1, timeout: 5000 })
    }
    await Promise.all(open)
    expect(events.map(({ line }) => line)).toEqual(numbers)
    expect(monotonicMs() - startedMs).toBeGreaterThanOrEqual(6 * 29)
  })

  test('the latency of the last second has the wait in it, and open calls', async () => {
    const looks: { readonly p99: number; readonly tookMs: number }[] = []
    const rig = await start({
      ...timed,
      capacity: 1,
      // Asked while the call is still open.
      onCall: ({ startMs, atMs }) => looks.push({ p99: rig.sink.latencyOf('s1') ?? 0, tookMs: atMs - startMs }),
    })
    expect(rig.sink.latencyOf('s1')).toBeUndefined()
    await Promise.all(numbers.map((number) => rig.post({ object: 'logs/a', lines: lines(number) })))
    expect(looks.length).toBe(6)
    for (const { p99, tookMs } of looks) expect(p99).toBeGreaterThanOrEqual(tookMs)
  })

  test('work goes on for a caller that has left', async () => {
    const leaving = new AbortController()
    const { sink, post, events } = await start({
      ...timed,
      capacity: 1,
      decide: () => {
        leaving.abort()
        return undefined
      },
    })
    const left = fetch(`${sink.urlOf('s1')}/deliver`, {
      method: 'POST',
      body: JSON.stringify({ object: 'logs/a', lines: lines(1) }),
      signal: leaving.signal,
    }).catch(() => 'left')
    expect(await left).toBe('left')
    await post({ object: 'logs/a', lines: lines(2) })
    expect(events.map(({ line }) => line)).toEqual([1, 2])
  })
})

test('a port that is taken is told, and a stopped sink is gone', async () => {
  const { sink } = await start()
  await expect(startSink({ port: sink.port, emit: () => {}, now: monotonicMs })).rejects.toThrow('EADDRINUSE')
  await sink.stop()
  await sink.stop()
  const again = await startSink({ port: sink.port, emit: () => {}, now: monotonicMs })
  await again.stop()
})
