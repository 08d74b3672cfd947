// The store over the emulator's S3, and the control plane's process that reads from it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { controlPlaneService } from '../control-plane-service.ts'
import { startTestEmulator, type TestEmulator } from '../pipeline/test-emulator.ts'
import { reservePorts } from '../process/ports.ts'
import { processLife } from '../process-life.ts'
import { type S3ObjectStore, s3ObjectStore } from './s3-object-store.ts'

let emulator: TestEmulator
let store: S3ObjectStore
beforeAll(async () => {
  emulator = await startTestEmulator()
  store = s3ObjectStore({ endpoint: emulator.endpoint, bucket: 'mesh-config' })
  await store.prepare()
})
afterAll(async () => {
  store?.close()
  await emulator?.stop()
})

test('gives back what was written, and undefined for what was not', async () => {
  await store.prepare()
  expect(await store.read('v3/discovery/clusters/book')).toBeUndefined()
  await store.write('v3/discovery/clusters/book', 'one')
  await store.write('v3/discovery/clusters/book', 'zwei größer')
  await store.write('v3/discovery/clusters/deeper/not-this', 'x')
  expect(await store.read('v3/discovery/clusters/book')).toBe('zwei größer')
  expect(await store.list('v3/discovery/clusters')).toEqual(['book'])
  expect(await store.list('v3/discovery/routes')).toEqual([])
  await expect(s3ObjectStore({ endpoint: emulator.endpoint, bucket: 'no-such' }).read('k')).rejects.toMatchObject({
    status: 404,
  })
})

test('tells of each change by another writer', async () => {
  let changes = 0
  const unwatch = store.watch(['v3/discovery/routes'], () => changes++)
  await vi.waitUntil(() => changes === 1, 5000)
  const other = s3ObjectStore({ endpoint: emulator.endpoint, bucket: 'mesh-config' })
  await other.write('v3/discovery/routes/book', 'new')
  await vi.waitUntil(() => changes === 2, 5000)
  await other.write('v3/discovery/routes/book', 'changed')
  await vi.waitUntil(() => changes === 3, 5000)
  unwatch()
  other.close()
})

test('the control plane’s process serves from S3, and a change reaches a poll that is held', async () => {
  const folder = await mkdtemp(join(tmpdir(), 's3-plane-'))
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, 'token\n', { mode: 0o600 })
  const [port = 0] = await reservePorts(1)
  const object = (version: string) => JSON.stringify({ version_info: version, resources: [], type_url: 'clusters' })
  await store.write('v3/discovery/clusters/shop', object('1'))
  const service = controlPlaneService({
    name: 'control-plane-s3',
    watchdog: emulator.watchdog,
    life: processLife({ scenario: '', emit: () => {}, now: monotonicMs }),
    order: {
      folder,
      store: { kind: 's3', endpoint: emulator.endpoint, bucket: 'mesh-config' },
      address: '127.0.0.1',
      port,
      tokenFile,
      lifetimeMs: 60_000,
    },
    onOutcome: () => {},
  })
  await service.start()
  try {
    const poll = async (version: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/v3/discovery:clusters`, {
        method: 'POST',
        body: JSON.stringify({ version_info: version, node: { id: 'envoy', cluster: 'shop' } }),
      })
      return ((await answer.json()) as { readonly version_info: string }).version_info
    }
    expect(await poll('')).toBe('1')
    const held = poll('1')
    await store.write('v3/discovery/clusters/shop', object('2'))
    expect(await held).toBe('2')
  } finally {
    await service.stop()
    await rm(folder, { recursive: true })
  }
})
