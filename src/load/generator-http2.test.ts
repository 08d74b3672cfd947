import { constants } from 'node:http2'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { jobOf, planned, plannedEvery, type Rig, refusedTarget, startHttp2Server, startRig } from './test-rig.ts'

// A limit for what hangs, not a bound on speed: workers start slowly on a busy machine.
vi.setConfig({ testTimeout: 20_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
beforeEach(() => rig.clear())
afterAll(() => rig[Symbol.asyncDispose]())

describe('HTTP/2', () => {
  it('sends authority, headers, method, path and body of the plan', async () => {
    const seen: unknown[] = []
    await using server = await startHttp2Server((stream, headers) => {
      let bytes = 0
      stream.on('data', (chunk: Buffer) => (bytes += chunk.length))
      stream.on('end', () => {
        const { ':authority': authority, ':method': method, ':path': path, 'x-id': id, host } = headers
        seen.push({ authority, method, path, id, host, bytes })
        stream.respond({ ':status': 200 })
        stream.end('hello')
      })
    })
    const requests = [
      planned('a', 0, { path: '/a?b=c', headers: { Host: 'wrong', 'X-Id': 'a' } }),
      planned('b', 60, { method: 'POST', host: 'ab-testing', headers: { 'x-id': 'b' }, bodyBytes: 200_000 }),
    ]
    const result = await rig.generator.run(jobOf('shape', server.target, requests, 'http2'))
    expect(result.statuses).toEqual({ 200: 2 })
    expect(seen).toEqual([
      { authority: 'user', method: 'GET', path: '/a?b=c', id: 'a', host: undefined, bytes: 0 },
      { authority: 'ab-testing', method: 'POST', path: '/', id: 'b', host: undefined, bytes: 200_000 },
    ])
    expect(rig.answerTo('a').bytes).toBe(5)
    expect(server.sessions()).toBe(1)
  })

  it('tells timeout, reset, refused stream, truncated and connect apart', async () => {
    await using server = await startHttp2Server((stream, headers) => {
      const path = String(headers[':path'])
      if (path === '/reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      else if (path === '/refused') stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else if (path === '/session') stream.session?.destroy()
      else if (path.startsWith('/cut')) {
        stream.respond({ ':status': 200, ...(path === '/cut-short' ? { 'content-length': 100 } : {}) })
        stream.write('0123456789', () => {
          if (path === '/cut') setTimeout(() => stream.destroy(new Error('cut')), 200)
          else if (path === '/cut-session') setTimeout(() => stream.session?.destroy(), 200)
          else stream.end()
        })
      }
    })
    const order = ['/hang', '/reset', '/refused', '/cut', '/cut-short', '/session', '/cut-session']
    // Jobs have sessions of their own, so that the end of one session is not the end of another path's stream.
    await Promise.all(
      order.map((path) => {
        const request = planned(path, 0, { path, timeoutMs: path === '/hang' ? 150 : 10_000 })
        return rig.generator.run(jobOf(path, server.target, [request], 'http2'))
      }),
    )
    const errors = Object.fromEntries(order.map((path) => [path, rig.answerTo(path).error]))
    expect(errors).toEqual({
      '/hang': 'timeout',
      '/reset': 'reset',
      '/refused': 'reset',
      '/cut': 'truncated',
      '/cut-short': 'truncated',
      '/session': 'reset',
      '/cut-session': 'truncated',
    })
    for (const path of ['/cut', '/cut-session']) expect(rig.answerTo(path).bytes).toBe(10)
    expect(rig.answerTo('/hang').latencyMs).toBeGreaterThanOrEqual(150)
    expect(rig.answerTo('/refused').detail).toContain('REFUSED_STREAM')

    const result = await rig.generator.run(jobOf('refused', await refusedTarget(), plannedEvery(5, 10, 'c'), 'http2'))
    expect(result.errors).toEqual({ connect: 10 })
    expect(result.sendLag.count).toBe(0)
  })

  it('ends open requests as interrupted on stop', async () => {
    const arrived = Promise.withResolvers<void>()
    let open = 0
    await using server = await startHttp2Server(() => {
      if (++open === 30) arrived.resolve()
    })
    await using own = await startRig()
    const run = own.generator.run(
      jobOf('stop', server.target, [...plannedEvery(1, 30, 'r'), planned('never', 60_000)], 'http2'),
    )
    await arrived.promise
    await own.generator.stop()
    expect(await run).toMatchObject({ sent: 30, interrupted: true, errors: { interrupted: 30 } })
    expect(own.answered()).toHaveLength(30)
  })
})
