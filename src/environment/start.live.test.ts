// Starts of an environment that fail, on the real Envoy: one clear error, soon, and nothing left running.

import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { EnvironmentError } from '../core/errors.ts'
import type { NewEvent } from '../core/history.ts'
import { startGenerator } from '../load/generator.ts'
import type { Resource, XdsResources } from '../mesh/compile.ts'
import { planHeaders } from '../scenario/headers.ts'
import type { ReservePorts } from './layout.ts'
import type { MeshEnvironmentOptions } from './mesh-environment.ts'
import { reservePorts } from './process/ports.ts'
import { processIdentity } from './process/process-identity.ts'
import { startLiveMesh } from './test-live-mesh.ts'
import { definitionOf } from './test-mesh.ts'

const load = { startGenerator, planHeaders }
const definition = definitionOf({ name: 'user' }, { name: 'grpc', sds: true })
const unchanged = (served: XdsResources) => served

/** Starts what cannot start; gives the error, how long the environment took to throw it, and who it had started. */
async function failedStart(environment: Partial<MeshEnvironmentOptions>, serve = unchanged) {
  const events: NewEvent[] = []
  let startedMs = Number.NaN
  const error = await startLiveMesh({
    load,
    scenarios: { s1: { definition, serve } },
    environment: {
      ...environment,
      emit: (event) => {
        if (Number.isNaN(startedMs)) startedMs = monotonicMs()
        events.push(event)
      },
    },
  }).then(
    async (mesh) => {
      await mesh[Symbol.asyncDispose]()
      throw new Error('an environment that does not start expected')
    },
    (failure: unknown) => failure,
  )
  const tookMs = monotonicMs() - startedMs
  const pids = events.flatMap((event) => (event.kind === 'process-started' ? [event.pid] : []))
  const exited = events.flatMap((event) => (event.kind === 'process-exited' ? [event] : []))
  expect(exited.map(({ pid }) => pid).toSorted()).toEqual(pids.toSorted())
  expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([])
  return { error, tookMs, events }
}

function messageOf(error: unknown): string {
  expect(error).toBeInstanceOf(EnvironmentError)
  return (error as EnvironmentError).message
}

const changeCluster = (name: string, changes: object) => (served: XdsResources) => ({
  ...served,
  clusters: served.clusters.map((one) => (one.name === name ? ({ ...one, ...changes } as Resource) : one)),
})
const changeHosts = (change: (host: Resource) => object) => (served: XdsResources) => ({
  ...served,
  routes: served.routes.map(
    (one) => ({ ...one, virtual_hosts: (one.virtual_hosts as readonly Resource[]).map(change) }) as Resource,
  ),
})

describe('an object that Envoy refuses', () => {
  test.each([
    [
      'a cluster that makes no sense',
      changeCluster('user', { lb_policy: 'CLUSTER_PROVIDED' }),
      /^envoy "egress-1" refused the clusters that it was served \(version \w{16}\)\n {2}envoy says: user: cluster manager: cluster provided LB specified/,
    ],
    [
      'a cluster beside its constraints',
      changeCluster('grpc', { outlier_detection: { max_ejection_percent: 500 } }),
      /envoy says: grpc: Proto constraint validation failed .*MaxEjectionPercent: value must be less than or equal to 100/,
    ],
    [
      'a field of the wrong type',
      changeCluster('grpc', { outlier_detection: { consecutive_5xx: 'many' } }),
      /envoy says: Unable to parse JSON as proto .* grpc\.<any>\.outlier_detection\.consecutive_5xx: .*invalid number: 'many'\)$/m,
    ],
    [
      'a duration below zero: Envoy names no resource',
      changeCluster('user', { connect_timeout: '-1s' }),
      /envoy says: one of user, grpc: Invalid duration: Expected positive duration: seconds: -1/,
    ],
    [
      'two virtual hosts with one domain',
      changeHosts((host) => ({ ...host, domains: ['same'] })),
      /refused the routes .*\n {2}envoy says: Only unique values for domains are permitted.* in route book\n {2}served from: book\.yaml/,
    ],
    [
      'a regular expression that is none',
      changeHosts((host) => ({
        ...host,
        routes: [{ match: { safe_regex: { regex: '(((' } }, route: { cluster: 'user' } }],
      })),
      /refused the routes .*\n {2}envoy says: book: missing \): \(\(\(/,
    ],
  ])('%s', async (_, serve, message) => {
    const { error, tookMs } = await failedStart({}, serve)
    expect(messageOf(error)).toMatch(message)
    expect(messageOf(error)).toContain('hint: `shaketable compile DEFINITION`')
    // Not after the readiness timeout of 10 s.
    expect(tookMs).toBeLessThan(5000)
  })
})

describe('a port that is taken', () => {
  const servers: Server[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  /** Occupies the port that is asked for as number `index` of call `call`, after it was found free. */
  const taking =
    (call: number, index: number): ReservePorts =>
    async (count, host) => {
      const ports = await reservePorts(count, host)
      if (call === calls++) await occupy(ports[index] ?? 0, host ?? '127.0.0.1')
      return ports
    }
  let calls = 0
  let taken = 0
  async function occupy(port: number, host: string): Promise<void> {
    const server = createServer((socket) => socket.destroy())
    servers.push(server)
    taken = port
    await new Promise<void>((resolve) => server.listen({ port, host, exclusive: true }, resolve))
  }

  test.each([
    ['admin of the fault Envoy', 0, 0, /^envoy "fault-1" exited with code 1/],
    ['admin of the Envoy under test', 0, 1, /^envoy "egress-1" exited with code 1/],
    ['control plane', 0, 2, /^control-plane-1 did not start: listen EADDRINUSE/],
    ['pulse listener', 0, 3, /^envoy "egress-1" exited with code 1/],
    ['fault listener', 1, 0, /^envoy "fault-1" exited with code 1/],
    ['upstream', 1, 1, /^upstream-1 did not start: listen EADDRINUSE/],
    ['egress listener', 2, 0, /^envoy "egress-1" exited with code 1/],
  ])('%s', async (_, call, index, message) => {
    calls = 0
    const { error, tookMs } = await failedStart({ reservePorts: taking(call, index) })
    expect(messageOf(error)).toMatch(message)
    expect(messageOf(error)).toContain(`hint: another process holds port ${taken}`)
    expect(messageOf(error).split('\n').length).toBeLessThanOrEqual(3)
    expect(tookMs).toBeLessThan(5000)
  })
})

describe('an interrupt', () => {
  test.each([0, 50, 150, 300, 450])('%d ms after the first process was started', async (afterMs) => {
    const stopping = new AbortController()
    const events: NewEvent[] = []
    let abortedMs = Number.NaN
    const reason = new Error('interrupted')
    const starting = startLiveMesh({
      load,
      scenarios: { s1: { definition, processFaultTargets: ['user', 'grpc'] } },
      environment: {
        signal: stopping.signal,
        emit: (event) => {
          if (events.push(event) > 1) return
          setTimeout(() => {
            abortedMs = monotonicMs()
            stopping.abort(reason)
          }, afterMs)
        },
      },
    })
    const outcome = await starting.catch((error: unknown) => error)
    // It may have been ready by then.
    if (outcome !== reason) return (outcome as Awaited<typeof starting>)[Symbol.asyncDispose]()
    expect(monotonicMs() - abortedMs).toBeLessThan(1000)
    const pids = events.flatMap((event) => (event.kind === 'process-started' ? [event.pid] : []))
    expect(pids.length).toBeGreaterThan(0)
    expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([])
    expect(events.every((event) => event.kind !== 'process-exited' || event.expected)).toBe(true)
  })

  test('before the start nothing is started', async () => {
    const reason = new Error('interrupted')
    const { error, events } = await failedStart({ signal: AbortSignal.abort(reason) })
    expect(error).toBe(reason)
    expect(events).toEqual([])
  })
})

test('a binary that is no Envoy', async () => {
  const { error } = await failedStart({ envoyBinary: process.execPath })
  expect(messageOf(error)).toMatch(
    /^envoy "(egress|fault)-1" exited with code \d+ after \d+ ms, before it was ready\n {2}last log: /,
  )
})
