import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { envoyAdmin } from './admin.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function adminOf(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return envoyAdmin('edge', (server.address() as AddressInfo).port)
}

test('ready is true, or a text that says what was seen', async () => {
  let status = 503
  const admin = await adminOf((_, response) => response.writeHead(status).end('PRE_INITIALIZING\n'))
  expect(await admin.ready()).toBe('GET /ready gave 503 PRE_INITIALIZING, 200 expected')
  status = 200
  expect(await admin.ready()).toBe(true)
})

test('nobody there is an answer to ready, and an error to everything else', async () => {
  const admin = await adminOf(() => {})
  const gone = envoyAdmin('edge', admin.port)
  for (const close of closers.splice(0)) close()
  expect(await gone.ready()).toContain('ECONNREFUSED')
  await expect(gone.stats('x')).rejects.toThrow(EnvironmentError)
})

test('stats are numbers by name; histograms are left out', async () => {
  let asked = ''
  const admin = await adminOf((request, response) => {
    asked = request.url ?? ''
    response.end('{"stats":[{"name":"a","value":1},{"name":"b","value":"text"},{"histograms":{}}]}')
  })
  expect(await admin.stats('^cluster\\.a$')).toEqual({ a: 1 })
  expect(asked).toBe(`/stats?format=json&usedonly&filter=${encodeURIComponent('^cluster\\.a$')}`)
})

test('a switch that Envoy refuses is an error that says why', async () => {
  const admin = await adminOf((_, response) => response.writeHead(503).end('no admin layer specified'))
  await expect(admin.runtimeModify({ a: '1' })).rejects.toThrow(
    'envoy "edge": /runtime_modify gave 503: no admin layer specified',
  )
})
