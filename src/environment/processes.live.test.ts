// Process faults and the end of an environment, on the real Envoy: what is killed, frozen or restarted fails while it is
// away and serves again after the heal; of what is stopped nothing is left, not even a log line.

import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { startGenerator } from '../load/generator.ts'
import { planHeaders } from '../scenario/headers.ts'
import { processIdentity } from './process/process-identity.ts'
import { every, type LiveMesh, startLiveMesh, type TestRequest } from './test-live-mesh.ts'
import { definitionOf } from './test-mesh.ts'

const load = { startGenerator, planHeaders }
const upstream = { hosts: 2, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5 }
const short = '{ prefix: /, timeout_ms: 300 }'
const definition = definitionOf({ name: 'user', routes: [short] }, { name: 'grpc', sds: true, routes: [short] })

describe('process faults', () => {
  let mesh: LiveMesh
  beforeAll(async () => {
    const processFaultTargets = ['user', 'grpc']
    const upstreams = { user: upstream, grpc: upstream }
    mesh = await startLiveMesh({ load, scenarios: { s1: { definition, upstreams, processFaultTargets } } })
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  const sent = async (prefix: string, host: string, count = 20) => {
    const requests = every(2, count, prefix, () => ({ host }))
    await mesh.send('s1', requests)
    await mesh.until(
      'every attempt at its fault listener',
      () => mesh.of('attempt-seen').length === mesh.of('attempt-logged').length,
    )
    return mesh.of('attempt-seen').filter(({ id }) => id.startsWith(`${prefix}-`))
  }
  const failing = async (prefix: string, host: string) =>
    new Set((await sent(prefix, host)).filter(({ code }) => code !== 200).map((attempt) => attempt.host))

  test.each(['user', 'grpc'])('kill, freeze and restart one host of %s: the other serves on', async (cluster) => {
    const surface = mesh.environment.surface('s1')
    expect(await failing(`${cluster}-calm`, cluster)).toEqual(new Set())
    for (const fault of ['kill', 'freeze'] as const) {
      const heal = await surface[fault](cluster, 2)
      expect(await failing(`${cluster}-${fault}`, cluster)).toEqual(new Set([2]))
      await heal()
      // A frozen host still has the work of those who gave up.
      expect(await failing(`${cluster}-${fault}-healed`, cluster)).toEqual(new Set())
    }
    await surface.restart(cluster)
    expect(await failing(`${cluster}-restarted`, cluster)).toEqual(new Set())
  })

  test('each life and death is told, and whether it was meant', () => {
    const lives = mesh.of('process-started').filter(({ process }) => process === 'upstream-user-2-1')
    const deaths = mesh.of('process-exited').filter(({ process }) => process === 'upstream-user-2-1')
    expect(lives).toHaveLength(3)
    expect(deaths.map(({ signal, expected }) => [signal, expected])).toEqual([
      ['SIGKILL', true],
      [null, true],
    ])
    expect(lives.slice(0, 2).map(({ pid }) => pid)).toEqual(deaths.map(({ pid }) => pid))
  })

  test('a process that dies unasked is told with its last words', async () => {
    const victim = mesh.of('process-started').findLast(({ process }) => process === 'upstream-grpc-1-1')
    process.kill(victim?.pid ?? 0, 'SIGABRT')
    await mesh.until('the death of a host', () => mesh.of('process-exited').some(({ expected }) => !expected))
    expect(mesh.of('process-exited').at(-1)).toMatchObject({ signal: 'SIGABRT', expected: false })
    const heal = await mesh.environment.surface('s1').kill('grpc', 1)
    await heal()
    expect(await failing('grpc-again', 'grpc')).toEqual(new Set())
  })

  test('a dead, a frozen, a restarted and a mad control plane: no request is lost', async () => {
    const surface = mesh.environment.surface('s1')
    const faults = {
      kill: () => surface.kill('control-plane'),
      freeze: () => surface.freeze('control-plane'),
      restart: () => surface.restart('control-plane'),
      garbage: () => surface.garbage(),
    }
    for (const [name, inject] of Object.entries(faults)) {
      const heal = await inject()
      expect(await failing(`plane-${name}`, 'grpc')).toEqual(new Set())
      await heal()
      expect(await failing(`plane-${name}-healed`, 'grpc')).toEqual(new Set())
    }
    const garbage = mesh.of('log-line').filter(({ text }) => /rejected: Unable to parse JSON/.test(text))
    expect(garbage.length).toBeGreaterThan(0)
    // It is answered with pauses, or Envoy would do nothing but poll.
    expect(garbage.length).toBeLessThan(50)
  })

  test('garbage that is ordered while the control plane is dead begins when it is back', async () => {
    const surface = mesh.environment.surface('s1')
    const revive = await surface.kill('control-plane')
    const heal = await surface.garbage()
    const rejections = () =>
      mesh.of('log-line').filter(({ text }) => /rejected: Unable to parse JSON/.test(text)).length
    const before = rejections()
    await revive()
    await mesh.until('garbage', () => rejections() > before)
    await heal()
  })
})

describe('the end of an environment', () => {
  test('comes quickly, with every log line, and leaves no process, port or file', async () => {
    const mesh = await startLiveMesh({ load, scenarios: { s1: { definition }, s2: { definition } } })
    const pids = mesh.living()
    expect(pids).toHaveLength(4)
    const { egressPort, hosts } = mesh.environment.place('s1')
    const answered = every(1, 300, 'r', () => ({ host: 'user' }))
    await mesh.send('s1', answered, false)
    const stoppedMs = monotonicMs()
    await mesh.environment.stop()
    const tookMs = monotonicMs() - stoppedMs
    // The last lines were on their way when Envoy was told to end.
    for (const kind of ['request-logged', 'attempt-logged', 'attempt-seen'] as const) {
      expect(mesh.of(kind, 's1')).toHaveLength(300)
    }
    expect(tookMs).toBeLessThan(2000)
    expect(mesh.living()).toEqual([])
    expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([])
    for (const [address, port] of [
      ['127.0.0.1', egressPort],
      ...hosts.flatMap((host) => [
        [host.address, host.faultPort],
        [host.address, host.upstreamPort],
      ]),
    ] as const) {
      await canListen(String(address), Number(port))
    }
    expect(mesh.of('process-exited').every(({ expected }) => expected)).toBe(true)
    expect(mesh.of('log-line')).toEqual([])
    await mesh.environment.stop()
    await mesh[Symbol.asyncDispose]()
    expect(existsSync(mesh.folder)).toBe(false)
  })

  test('also with a frozen and a dead process in it, and requests under way', async () => {
    await using mesh = await startLiveMesh({
      load,
      scenarios: { s1: { definition, processFaultTargets: ['user', 'grpc'] } },
    })
    const surface = mesh.environment.surface('s1')
    await surface.freeze('user')
    await surface.kill('grpc')
    await surface.freeze('control-plane')
    const open: readonly TestRequest[] = every(1, 20, 'open', () => ({ host: 'user' }))
    const sending = mesh.send('s1', open, false)
    await mesh.until('requests under way', () => mesh.of('request-sent').length === 20)
    const stoppedMs = monotonicMs()
    await mesh.environment.stop()
    expect(monotonicMs() - stoppedMs).toBeLessThan(2000)
    expect(mesh.living()).toEqual([])
    await sending
  })

  test('what only the owner may read is his alone', async () => {
    await using mesh = await startLiveMesh({ load, scenarios: { s1: { definition } } })
    expect((await stat(mesh.folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(mesh.folder, 'control-plane.token'))).mode & 0o777).toBe(0o600)
  })
})

/** Throws when the port is taken. */
function canListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()))
  })
}
