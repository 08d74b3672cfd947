// Against a stand-in for S3 that answers as it is told; the real emulator has its turn in the live test.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RequestError } from './request-error.ts'
import { type S3ObjectStore, s3ObjectStore } from './s3-object-store.ts'
import { startControlPlane } from './server.ts'

interface Answer {
  readonly status: number
  readonly body?: string
}

let server: Server
let store: S3ObjectStore
let asked: string[]
let answer: (call: string) => Answer | 'reset'

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    const call = `${request.method} ${decodeURIComponent(request.url ?? '')}`
    asked.push(call)
    request.resume()
    const answered = answer(call)
    if (answered === 'reset') return void request.socket.resetAndDestroy()
    response.writeHead(answered.status, { 'content-type': 'application/xml' })
    response.end(answered.body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  store = s3ObjectStore({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bucket: 'config' })
})
afterEach(async () => {
  store.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as told</Message></Error>`
const listing = (entries: Readonly<Record<string, string>>, next = '') =>
  `<?xml version="1.0"?><ListBucketResult><Name>config</Name><IsTruncated>${next !== ''}</IsTruncated>${
    next === '' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${Object.entries(entries)
    .map(([key, etag]) => `<Contents><Key>${key}</Key><ETag>"${etag}"</ETag></Contents>`)
    .join('')}</ListBucketResult>`

test('a missing object is none; a missing bucket is a failure', async () => {
  answer = () => ({ status: 404, body: error('NoSuchKey') })
  expect(await store.read('v3/discovery/clusters/book')).toBeUndefined()
  expect(asked[0]).toMatch(/^GET \/config\/v3\/discovery\/clusters\/book(\?|$)/)
  answer = () => ({ status: 404, body: error('NoSuchBucket') })
  await expect(store.read('k')).rejects.toMatchObject({ status: 404, name: 'RequestError' })
})

describe('what S3 answers is passed through, after one call', () => {
  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [403, 'AccessDenied'],
  ])('%d %s', async (status, code) => {
    answer = () => ({ status, body: error(code) })
    const calls = [() => store.read('k'), () => store.write('k', 'x'), () => store.list('p')]
    for (const call of calls) {
      const failure = await call().catch((thrown: unknown) => thrown)
      expect(failure).toBeInstanceOf(RequestError)
      expect(failure).toMatchObject({ status, message: expect.stringContaining(code) })
    }
    expect(asked.length).toBe(calls.length)
  })

  test('no answer is 502', async () => {
    answer = () => 'reset'
    await expect(store.read('k')).rejects.toMatchObject({ name: 'RequestError', status: 502 })
  })
})

test('lists over all pages, by names directly under the prefix', async () => {
  answer = (call) =>
    call.includes('continuation-token=more')
      ? { status: 200, body: listing({ 'v3/d/c': '3' }) }
      : { status: 200, body: listing({ 'v3/d/a': '1', 'v3/d/b': '2' }, 'more') }
  expect(await store.list('v3/d')).toEqual(['a', 'b', 'c'])
  expect(asked[0]).toContain('prefix=v3/d/')
  expect(asked[0]).toContain('delimiter=/')
})

test('a watcher tells of changed etags, not of failures, and rests when it is ended', async () => {
  let etag = '1'
  answer = () => ({ status: 200, body: listing({ 'p/a': etag }) })
  const changed = vi.fn()
  const unwatch = store.watch(['p', 'q'], changed)
  await vi.waitUntil(() => changed.mock.calls.length === 1, 5000)
  answer = () => ({ status: 503, body: error('SlowDown') })
  const before = asked.length
  await vi.waitUntil(() => asked.length >= before + 4, 5000)
  expect(changed).toHaveBeenCalledTimes(1)
  etag = '2'
  answer = () => ({ status: 200, body: listing({ 'p/a': etag }) })
  await vi.waitUntil(() => changed.mock.calls.length === 2, 5000)
  unwatch()
  const calls = asked.length
  await new Promise((resolve) => setTimeout(resolve, 600))
  // One look may have been under way.
  expect(asked.length).toBeLessThanOrEqual(calls + 2)
})

test('a control plane over it passes S3’s status on, not at once but after its pause', async () => {
  const response = JSON.stringify({ version_info: '1', resources: [], type_url: 'clusters' })
  answer = (call) => (call.includes('list-type') ? { status: 200, body: listing({}) } : { status: 200, body: response })
  const plane = await startControlPlane({
    store,
    address: '127.0.0.1',
    port: 0,
    token: 't',
    holdMs: 60_000,
    pauseMs: 150,
    lifetimeMs: 60_000,
    onOutcome: () => {},
  })
  try {
    const poll = () =>
      fetch(`http://127.0.0.1:${plane.port}/v3/discovery:clusters`, {
        method: 'POST',
        body: JSON.stringify({ version_info: '', node: { id: 'envoy', cluster: 'book' } }),
      })
    expect(await (await poll()).json()).toMatchObject({ version_info: '1' })
    answer = () => ({ status: 503, body: error('SlowDown') })
    const startedMs = performance.now()
    expect((await poll()).status).toBe(503)
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(149)
  } finally {
    await plane.close()
  }
})
