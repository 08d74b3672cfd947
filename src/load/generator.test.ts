import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { concurrentConnectsMax } from './connect-gate.ts'
import {
  jobOf,
  planned,
  plannedEvery,
  type Rig,
  refusedTarget,
  startHttpServer,
  startRig,
  startTcpServer,
} from './test-rig.ts'

// A limit for what hangs, not a bound on speed: workers start slowly on a busy machine.
vi.setConfig({ testTimeout: 20_000 })

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** Blocks this thread, and with it every server of the test. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
beforeEach(() => rig.clear())
afterAll(() => rig[Symbol.asyncDispose]())

describe('latency', () => {
  it('of every request due while the server is frozen lasts at least until it thaws', async () => {
    let served = 0
    const frozenMs = { from: 0, until: 0 }
    await using server = await startHttpServer((_request, response) => {
      if (++served === 20) {
        frozenMs.from = monotonicMs()
        freeze(400)
        frozenMs.until = monotonicMs()
      }
      response.end('ok')
    })
    const job = jobOf('frozen', server.target, plannedEvery(2, 500, 'r'))
    const result = await rig.generator.run(job)

    expect(result.statuses).toEqual({ 200: 500 })
    const isDueInFreeze = (dueMs: number) => dueMs >= frozenMs.from && dueMs < frozenMs.until
    const due = job.requests.filter((request) => isDueInFreeze(job.startMs + request.atMs))
    expect(due.length).toBeGreaterThan(20)
    for (const { id, atMs } of due) {
      const leftMs = frozenMs.until - (job.startMs + atMs)
      expect(rig.answerTo(id).latencyMs).toBeGreaterThanOrEqual(leftMs - 0.001)
    }
    // Open loop: the frozen server did not hold the requests back.
    const sentMeanwhile = rig.sent().filter(({ atMs }) => isDueInFreeze(atMs + rig.originMs))
    expect(sentMeanwhile.length).toBeGreaterThan(due.length / 4)
  })

  it('counts from the intended time, which the sent event bears beside the real one', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    const job = { ...jobOf('late', server.target, [planned('late', 0)]), startMs: monotonicMs() - 700 }
    const result = await rig.generator.run(job)
    const [sent] = rig.sent()
    const answer = rig.answerTo('late')
    expect(sent?.intendedMs).toBeCloseTo(job.startMs - rig.originMs, 2)
    expect(sent?.atMs).toBeGreaterThanOrEqual((sent?.intendedMs ?? 0) + 700)
    expect(answer.latencyMs).toBeCloseTo(answer.atMs - (sent?.intendedMs ?? 0), 2)
    expect(result.sendLag.p99Ms).toBeGreaterThanOrEqual(699)
    expect(result.scheduleLag.p99Ms).toBeGreaterThanOrEqual(699)
  })

  it('and lag are reported for as many requests as there were', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    const result = await rig.generator.run(jobOf('lag', server.target, plannedEvery(2, 100, 'r')))
    expect(result.latency.count).toBe(100)
    expect(result.scheduleLag.count).toBe(100)
    expect(result.sendLag.count).toBe(100)
    const lagsMs = rig.sent().map(({ atMs, intendedMs }) => atMs - intendedMs)
    expect(Math.min(...lagsMs)).toBeGreaterThanOrEqual(0)
    expect(result.sendLag.maxMs).toBeCloseTo(Math.max(...lagsMs), 2)
    expect(result.sendLag.p99Ms).toBeGreaterThanOrEqual(result.scheduleLag.p50Ms)
  })
})

describe('what is sent', () => {
  it('has the host, headers, method, path and body of the plan', async () => {
    const seen: { readonly id: string; readonly [what: string]: unknown }[] = []
    await using server = await startHttpServer((request, response) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => {
        const { host, 'content-length': length } = request.headers
        const id = String(request.headers['x-id'])
        seen.push({ method: request.method, url: request.url, host, id, length, bytes })
        response.end('ok')
      })
    })
    const result = await rig.generator.run(
      jobOf('shape', server.target, [
        planned('a', 0, { host: 'user', path: '/a?b=c', headers: { Host: 'wrong', 'x-id': 'a' } }),
        planned('b', 60, { method: 'POST', host: 'ab-testing:80', headers: { 'x-id': 'b' }, bodyBytes: 70_000 }),
        planned('c', 120, { method: 'POST', headers: { 'x-id': 'c' } }),
      ]),
    )
    expect(result.statuses).toEqual({ 200: 3 })
    expect(seen.toSorted((left, right) => (left.id < right.id ? -1 : 1))).toEqual([
      { method: 'GET', url: '/a?b=c', host: 'user', id: 'a', length: undefined, bytes: 0 },
      { method: 'POST', url: '/', host: 'ab-testing:80', id: 'b', length: '70000', bytes: 70_000 },
      { method: 'POST', url: '/', host: 'user', id: 'c', length: '0', bytes: 0 },
    ])
    expect(rig.sent().find(({ id }) => id === 'b')).toMatchObject({
      id: 'b',
      traffic: 0,
      method: 'POST',
      host: 'ab-testing:80',
      bodyBytes: 70_000,
    })
  })

  it('is sent once: redirects, errors and compressed bodies are counted as they come', async () => {
    let served = 0
    await using server = await startHttpServer((request, response) => {
      served++
      if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end()
      else if (request.url === '/busy') response.writeHead(503, { 'retry-after': '0' }).end('busy')
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.alloc(31))
    })
    const result = await rig.generator.run(
      jobOf('once', server.target, [
        planned('r', 0, { path: '/redirect' }),
        planned('b', 5, { path: '/busy' }),
        planned('g', 10, { path: '/gzip' }),
        planned('h', 15, { path: '/gzip', method: 'HEAD' }),
      ]),
    )
    expect(result.statuses).toEqual({ 200: 2, 302: 1, 503: 1 })
    expect(served).toBe(4)
    expect(['b', 'g', 'h'].map((id) => rig.answerTo(id).bytes)).toEqual([4, 31, 0])
  })
})

describe('errors', () => {
  it('timeout: never before the limit, and at once for what is already too late', async () => {
    await using server = await startHttpServer(() => {})
    const result = await rig.generator.run(jobOf('hang', server.target, plannedEvery(3, 30, 'r', { timeoutMs: 150 })))
    expect(result.errors).toEqual({ timeout: 30 })
    for (const answer of rig.answered()) expect(answer.latencyMs).toBeGreaterThanOrEqual(150)

    const lateJob = {
      ...jobOf('late', server.target, [planned('late', 0, { timeoutMs: 100 })]),
      startMs: monotonicMs() - 500,
    }
    expect((await rig.generator.run(lateJob)).connections.opened).toBe(0)
    expect(rig.answerTo('late')).toMatchObject({
      error: 'timeout',
      detail: expect.stringContaining('before it was written'),
    })
  })

  it('timeout: also when the body does not end', async () => {
    await using server = await startHttpServer((_request, response) => response.writeHead(200).write('begun'))
    await rig.generator.run(jobOf('slow', server.target, [planned('slow', 0, { timeoutMs: 100 })]))
    expect(rig.answerTo('slow')).toMatchObject({ error: 'timeout', bytes: 5 })
    expect(rig.answerTo('slow')).not.toHaveProperty('status')
  })

  it('truncated: by a close, a reset or a chunk that never comes', async () => {
    const heads: Record<string, string> = {
      '/close': 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n',
      '/reset': 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n',
      '/chunk': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n',
    }
    await using server = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        const path = chunk.toString().split(' ')[1] ?? ''
        socket.write(`${heads[path]}0123456789`, () => {
          // A reset discards what the peer has not read yet, so it waits until that is likely; either way is a failure.
          if (path === '/reset') setTimeout(() => socket.resetAndDestroy(), 200)
          else socket.end()
        })
      })
    })
    const paths = Object.keys(heads)
    const result = await rig.generator.run(
      jobOf(
        'cut',
        server.target,
        paths.map((path) => planned(path, 0, { path })),
      ),
    )
    expect(result.errors).toEqual({ truncated: 3 })
    for (const path of paths) {
      expect(rig.answerTo(path)).toMatchObject({ error: 'truncated', bytes: 10 })
      expect(rig.answerTo(path).detail).toContain('200 and 10 bytes, then ')
      expect(rig.answerTo(path)).not.toHaveProperty('status')
    }
  })

  it('reset: closed or reset before the head, and what is no HTTP; none is sent again', async () => {
    let requests = 0
    await using server = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        requests++
        if (chunk.includes('GET /rst')) socket.resetAndDestroy()
        else if (chunk.includes('GET /garbage')) socket.end('SSH-2.0-OpenSSH_9.2\r\n')
        else socket.end()
      })
    })
    const paths = ['/rst', '/fin', '/garbage']
    const result = await rig.generator.run(
      jobOf(
        'reset',
        server.target,
        paths.map((path, index) => planned(path, index * 30, { path })),
      ),
    )
    expect(result.errors).toEqual({ reset: 3 })
    expect(requests).toBe(3)
    expect(rig.answerTo('/rst').detail).toContain('ECONNRESET')
  })

  it('connect: refused', async () => {
    const target = await refusedTarget()
    const result = await rig.generator.run(jobOf('refused', target, plannedEvery(1, 20, 'r')))
    expect(result.errors).toEqual({ connect: 20 })
    expect(result.sent).toBe(20)
    expect(result.sendLag.count).toBe(0)
    expect(result.connections).toMatchObject({ opened: 0, failed: 20 })
    expect(rig.answerTo('r-0').detail).toContain('ECONNREFUSED')
  })

  it('not-sent: what cannot be written says why', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    await rig.generator.run(
      jobOf('odd', server.target, [planned('odd', 0, { headers: { 'x-id': 'a\r\nb' } }), planned('good', 5)]),
    )
    expect(rig.answerTo('odd')).toMatchObject({ error: 'not-sent', detail: expect.stringContaining('header') })
    expect(rig.answerTo('good').status).toBe(200)
  })
})

describe('connections', () => {
  it('are as many as there are requests in flight, though only a few are made at once', async () => {
    const held: (() => void)[] = []
    await using server = await startHttpServer((_request, response) => {
      held.push(() => response.end('ok'))
      // Nobody is answered before all have arrived: a cap on connections would end in timeouts.
      if (held.length === 120) for (const answer of held) answer()
    })
    const result = await rig.generator.run(jobOf('burst', server.target, plannedEvery(0, 120, 'r')))
    expect(result.statuses).toEqual({ 200: 120 })
    expect(result.connections).toMatchObject({ opened: 120, peakOpen: 120, failed: 0 })
    expect(result.connections.peakConnecting).toBeLessThanOrEqual(concurrentConnectsMax)
  })

  it('that the server closed while idle cost a new connection, not a request', async () => {
    let requests = 0
    await using server = await startTcpServer((socket) => {
      socket.on('data', () => {
        requests++
        socket.write(ok)
        // Says keep-alive and closes all the same, once the answer is out: now orderly, now with a reset.
        setTimeout(() => (requests % 2 === 0 ? socket.resetAndDestroy() : socket.end()), 5)
      })
    })
    const result = await rig.generator.run(jobOf('idle', server.target, plannedEvery(150, 5, 'r')))
    expect(result.statuses).toEqual({ 200: 5 })
    expect(requests).toBe(5)
    expect(result.connections.opened).toBe(5)
  })

  it('that close in the very moment of a request fail it or move it, but send it at most once', async () => {
    const seen = new Map<string, number>()
    await using server = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        const id = /x-id: (\S+)/.exec(chunk.toString())?.[1] ?? ''
        seen.set(id, (seen.get(id) ?? 0) + 1)
        socket.write(ok, () => setImmediate(() => socket.resetAndDestroy()))
      })
    })
    const requests = plannedEvery(1, 400, 'r').map((request) => ({ ...request, headers: { 'x-id': request.id } }))
    const result = await rig.generator.run(jobOf('race', server.target, requests))
    expect(Math.max(...seen.values())).toBe(1)
    expect((result.statuses['200'] ?? 0) + (result.errors.reset ?? 0) + (result.errors.truncated ?? 0)).toBe(400)
    expect(result.statuses['200']).toBeGreaterThan(0)
  })
})
