// Lines as Envoy 1.40.0 wrote them with our templates.

import { describe, expect, test } from 'vitest'
import type { HostPlace } from '../topology.ts'
import { readAccessLogLine } from './access-log.ts'

const startedWallMs = 1_795_508_551_000
const host: HostPlace = {
  hostKey: 's1-c0-h2',
  cluster: 'user-development',
  clusterIndex: 0,
  host: 2,
  address: '127.0.0.3',
  faultPort: 30932,
  upstreamPort: 30933,
  http2: false,
  upstream: { hosts: 2, serviceTime: { p50Ms: 3, p99Ms: 3 }, status: 200, bodyBytes: 5 },
}
const read = (line: string) =>
  readAccessLogLine(line, {
    scenarioOf: (key) => (key === 's1' ? 'calm' : undefined),
    hostOf: (key) => (key === host.hostKey ? { scenario: 'calm', place: host } : undefined),
    prefixOf: (key) => `${key}-`,
    toRunMs: (wallMs) => wallMs - startedWallMs,
  })
/** Wall times have microseconds, but a double of that size keeps a quarter of one. */
const ms = (value: number) => expect.closeTo(value, 2)

describe('a request at the egress', () => {
  test('that was served at its second attempt', () => {
    const line =
      '{"a":"user-app","c":200,"d":"via_upstream","e":"1795508551.528335","f":"-","id":"retried","k":"s1","l":"E","n":2,"s":"1795508551.461499","u":"s1-user-development"}'
    expect(read(line)).toEqual({
      kind: 'request-logged',
      src: 'egress',
      scenario: 'calm',
      id: 'retried',
      atMs: ms(528.335),
      startMs: ms(461.499),
      code: 200,
      flags: [],
      details: 'via_upstream',
      attempts: 2,
      cluster: 'user-development',
      authority: 'user-app',
    })
  })

  test('that came in by one of several listeners', () => {
    const line =
      '{"a":"shop","c":200,"d":"via_upstream","dc":0,"dr":"203.0.113.7","dx":200613,"e":"1795508551.528335","f":"-","id":"far","k":"s1","l":"E","ln":"public","n":1,"s":"1795508551.461499","u":"shop"}'
    const entered = { listener: 'public', connection: '0', connectionAgeMs: 200.613, client: '203.0.113.7' }
    expect(read(line)).toMatchObject(entered)
  })

  test('that met no route', () => {
    const line =
      '{"a":"nobody","c":404,"d":"route_not_found","e":"1795508552.168437","f":"NR","id":"no-route","k":"s1","l":"E","n":0,"s":"1795508552.168357","u":null}'
    expect(read(line)).toMatchObject({ code: 404, flags: ['NR'], attempts: 0, cluster: '' })
  })
})

describe('an attempt of the router', () => {
  test('that was answered', () => {
    const line =
      '{"c":503,"d":null,"e":"1795508551.530050","f":"-","h":"127.0.0.2:24074","id":"all-fail","k":"s1","l":"U","n":"1","p":"HTTP/1.1","r":29,"s":"1795508551.529626","t":null,"u":"s1-user-development","y":401}'
    expect(read(line)).toEqual({
      kind: 'attempt-logged',
      src: 'egress',
      scenario: 'calm',
      id: 'all-fail',
      attempt: 1,
      atMs: ms(530.05),
      startMs: ms(529.626),
      readyMs: ms(529.655),
      headMs: ms(530.027),
      code: 503,
      flags: [],
      details: '',
      failureReason: '',
      cluster: 'user-development',
      host: '127.0.0.2:24074',
      protocol: 'HTTP/1.1',
    })
  })

  test('that ran into its timeout: a connection, but no head', () => {
    const line =
      '{"c":0,"d":null,"e":"1795508551.768848","f":"UT","h":"127.0.0.2:24074","id":"hang","k":"s1","l":"U","n":"1","p":"HTTP/1.1","r":20,"s":"1795508551.568238","t":null,"u":"s1-user-development","y":null}'
    const event = read(line)
    expect(event).toMatchObject({ code: 0, flags: ['UT'], readyMs: ms(568.258) })
    expect(event).not.toHaveProperty('headMs')
  })

  test('that never had a connection', () => {
    const line =
      '{"c":0,"d":null,"e":"1795508551.768848","f":"UF","h":"127.0.0.2:24074","id":"refused","k":"s1","l":"U","n":"3","p":null,"r":null,"s":"1795508551.568238","t":"delayed_connect_error:_Connection_refused","u":"s1-user-development","y":null}'
    const event = read(line)
    expect(event).toMatchObject({
      attempt: 3,
      flags: ['UF'],
      failureReason: 'delayed_connect_error:_Connection_refused',
      protocol: '',
    })
    expect(event).not.toHaveProperty('readyMs')
  })
})

describe('a gRPC call', () => {
  const line = (more: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      c: 200,
      e: '1795508551.5',
      f: '-',
      id: 'call',
      k: 's1',
      l: 'U',
      n: '1',
      p: 'HTTP/2',
      s: '1795508551.4',
      ...more,
    })

  test.each([
    [
      { gh: '14', gt: null },
      { grpcStatus: 14, grpcStatusIn: 'headers' },
    ],
    [
      { gh: null, gt: '0' },
      { grpcStatus: 0, grpcStatusIn: 'trailers' },
    ],
  ])('%o: its status and where that stood', (more, expected) => {
    expect(read(line(more))).toMatchObject(expected)
    const { grpcStatusIn: _, ...status } = expected
    expect(read(line({ ...more, l: 'E', n: 1 }))).toMatchObject(status)
    expect(read(line({ ...more, l: 'F', k: 's1-c0-h2' }))).toMatchObject(status)
  })

  test.each([{ gh: null, gt: null }, {}, { gh: 'odd' }])('%o has none', (more) => {
    expect(read(line(more))).not.toHaveProperty('grpcStatus')
    expect(read(line(more))).not.toHaveProperty('grpcStatusIn')
  })

  test('whose answer was slowed', () => {
    expect(read(line({ l: 'F', k: 's1-c0-h2', kb: '64' }))).toMatchObject({ kibPerSecond: 64 })
    expect(read(line({ l: 'F', k: 's1-c0-h2', kb: null }))).not.toHaveProperty('kibPerSecond')
  })
})

test('an attempt at the fault listener, with two flags', () => {
  const line =
    '{"a":"user-app","c":0,"d":"downstream_remote_disconnect","e":"1795508551.989890","f":"DI,DC","id":"hang","k":"s1-c0-h2","l":"F","m":"GET","n":"2","p":"HTTP/1.1","q":"/x","s":"1795508551.789299"}'
  expect(read(line)).toEqual({
    kind: 'attempt-seen',
    src: 'fault',
    scenario: 'calm',
    id: 'hang',
    attempt: 2,
    atMs: ms(989.89),
    startMs: ms(789.299),
    code: 0,
    flags: ['DI', 'DC'],
    details: 'downstream_remote_disconnect',
    cluster: 'user-development',
    host: 2,
    authority: 'user-app',
    method: 'GET',
    path: '/x',
    protocol: 'HTTP/1.1',
  })
})

test.each([
  '{"id":"","k":"s1","l":"E","s":"1795508551.1","e":"1795508551.2"}',
  '{"id":null,"k":"s1","l":"E","s":"1795508551.1","e":"1795508551.2"}',
  '{"id":"r","k":"s9","l":"E","s":"1795508551.1","e":"1795508551.2"}',
  '{"id":"r","k":"s9-c0-h1","l":"F","s":"1795508551.1","e":"1795508551.2"}',
])('%s is a request of somebody else', (line) => {
  expect(read(line)).toBeUndefined()
})

test.each([
  '{"a":"user-app","c":200,"d":"via_up',
  '',
  'null',
  '7',
  '{"id":"r","k":"s1","l":"X","s":"1795508551.1","e":"1795508551.2"}',
  '{"id":"r","k":"s1","l":"E","s":"1795508551.1"}',
  '{"id":"r","k":"s1","l":"E","s":null,"e":"1795508551.2"}',
])('%s is no line of our templates', (line) => {
  expect(() => read(line)).toThrow(SyntaxError)
})
