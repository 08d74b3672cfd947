import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, it, vi } from 'vitest'
import type { LoadJob } from './load-job.ts'
import { jobOf, planned, plannedEvery, type Rig, startHttpServer, startRig } from './test-rig.ts'

// A limit for what hangs, not a bound on speed: workers start slowly on a busy machine.
vi.setConfig({ testTimeout: 20_000 })

function expectPairs(rig: Rig): void {
  const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id).toSorted()
  expect(ids(rig.answered())).toEqual(ids(rig.sent()))
  expect(new Set(ids(rig.sent())).size).toBe(rig.sent().length)
}

describe('stop', () => {
  it('ends every open request as interrupted, so that each sent has one answer', async () => {
    const arrived = Promise.withResolvers<void>()
    let open = 0
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/quick') response.end('ok')
      else if (++open === 20) arrived.resolve()
    })
    await using rig = await startRig()
    const run = rig.generator.run(
      jobOf('stopped', server.target, [
        ...plannedEvery(1, 20, 'held'),
        ...plannedEvery(1, 10, 'quick', { path: '/quick' }),
        planned('never', 60_000),
      ]),
    )
    await arrived.promise
    await rig.generator.stop()
    const result = await run
    expect(result.interrupted).toBe(true)
    expect(result.planned).toBe(31)
    expect(result.errors.interrupted).toBeGreaterThanOrEqual(20)
    expect(rig.sent().map(({ id }) => id)).not.toContain('never')
    expect(result.sent).toBe(rig.sent().length)
    expectPairs(rig)
  })

  it('also ends a job that waits for its start, and one that is over before', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    await using rig = await startRig()
    const done = await rig.generator.run(jobOf('over', server.target, [planned('a', 0)]))
    expect(done.interrupted).toBe(false)
    const waiting = rig.generator.run(jobOf('waiting', server.target, [planned('b', 60_000)]))
    await rig.generator.stop()
    expect(await waiting).toMatchObject({ interrupted: true, planned: 1, sent: 0 })
    await rig.generator.stop()
    await expect(rig.generator.run(jobOf('after', server.target, []))).rejects.toThrow('stopped')
  })
})

describe('jobs', () => {
  it('without requests end at once and are whole', async () => {
    await using rig = await startRig()
    const result = await rig.generator.run(jobOf('empty', { address: '127.0.0.1', port: 9 }, []))
    expect(result).toMatchObject({ planned: 0, sent: 0, interrupted: false, statuses: {}, errors: {} })
  })

  it('side by side stay apart: a target that hangs takes nothing from another', async () => {
    await using hanging = await startHttpServer(() => {})
    await using quick = await startHttpServer((_request, response) => response.end('ok'))
    await using rig = await startRig()
    const [slow, fast] = await Promise.all([
      rig.generator.run(jobOf('slow', hanging.target, plannedEvery(2, 200, 'slow', { timeoutMs: 600 }))),
      rig.generator.run(jobOf('fast', quick.target, plannedEvery(2, 200, 'fast'))),
    ])
    expect(slow).toMatchObject({ scenario: 'slow', errors: { timeout: 200 }, statuses: {} })
    expect(fast).toMatchObject({ scenario: 'fast', statuses: { 200: 200 }, errors: {} })
    for (const scenario of ['slow', 'fast']) {
      expect(rig.sent(scenario).every(({ id }) => id.startsWith(scenario))).toBe(true)
      expect(rig.answered(scenario)).toHaveLength(200)
    }
    expectPairs(rig)
  })

  it('get all their events before their result, in order', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    await using rig = await startRig()
    await rig.generator.run(jobOf('ordered', server.target, plannedEvery(0.5, 600, 'r')))
    expect(rig.answered()).toHaveLength(600)
    const open = new Set<string>()
    for (const event of rig.events) {
      if (event.kind === 'request-sent') open.add(event.id)
      if (event.kind === 'request-answered' && !open.delete(event.id)) expect.fail(`${event.id} answered before sent`)
    }
  })

  it('may be given out of order', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    await using rig = await startRig()
    await rig.generator.run(jobOf('mixed', server.target, [planned('b', 40), planned('a', 0)]))
    expect(rig.sent().map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('fail instead of hanging when the worker dies', async () => {
    await using rig = await startRig()
    const broken = { scenario: 'broken', target: null, startMs: 0, requests: [] } as unknown as LoadJob
    await expect(rig.generator.run(broken)).rejects.toThrow('load worker failed')
    await expect(rig.generator.run(jobOf('next', { address: '127.0.0.1', port: 9 }, []))).rejects.toThrow()
  })
})

describe('the worker', () => {
  it('reports its heartbeat for the whole run', async () => {
    await using server = await startHttpServer(() => {})
    await using rig = await startRig()
    await rig.generator.run(jobOf('beat', server.target, [planned('r', 0, { timeoutMs: 600 })]))
    expect(rig.heartbeats().length).toBeGreaterThanOrEqual(1)
    for (const beat of rig.heartbeats()) expect(beat).toMatchObject({ src: 'load', scenario: '' })
  })

  it('warms up once, and leaves nothing of it in the history', async () => {
    await using rig = await startRig()
    const warm = await rig.generator.warmUp()
    expect(warm.requests).toBeGreaterThan(0)
    expect(warm.requests).toBeLessThanOrEqual(3000)
    expect(await rig.generator.warmUp()).toBe(warm)
    expect([...rig.sent(), ...rig.answered()]).toEqual([])
  })

  it('runs from a bundle as it does from source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'load-bundle-'))
    try {
      await build({
        entryPoints: [join(import.meta.dirname, 'generator.ts'), join(import.meta.dirname, 'generator-worker.ts')],
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        outdir: folder,
      })
      await symlink(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      await writeFile(
        join(folder, 'use.js'),
        `import { startGenerator } from './generator.js'
         await using generator = await startGenerator({ originMs: 0, onEvents: () => {} })
         console.log((await generator.warmUp()).requests > 0)`,
      )
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'use.js')])
      expect(stdout).toBe('true\n')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
