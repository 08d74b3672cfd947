import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wallMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import { processIdentity } from '../process/process-identity.ts'
import { withProvisionLock } from './provision-lock.ts'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-lock-test-'))
  lock = join(folder, 'cache', 'tool.lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

const unexpected = () => expect.unreachable('it waited')

test('two at once: one works, the other waits for it', async () => {
  const log: string[] = []
  const work = (name: string) => async () => {
    log.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    log.push(`${name} ends`)
  }
  let waits = 0
  await Promise.all(['a', 'b'].map((name) => withProvisionLock(lock, work(name), () => waits++)))
  expect(waits).toBe(1)
  expect(log.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends'])
  expect(existsSync(lock)).toBe(false)
})

test('it is released when the work fails', async () => {
  await expect(withProvisionLock(lock, () => Promise.reject(new Error('no')), unexpected)).rejects.toThrow('no')
  expect(await withProvisionLock(lock, async () => 'worked', unexpected)).toBe('worked')
})

const deadOwner = { pid: 2 ** 22 + 1, startedAt: '1', host: hostname() }
const reusedPid = { pid: process.pid, startedAt: '1', host: hostname() }

test.for([
  ['whose owner is dead', JSON.stringify(deadOwner), 0],
  ['whose owner’s id belongs to another process now', JSON.stringify(reusedPid), 0],
  ['that is older than any provisioning', JSON.stringify({ ...reusedPid, host: 'elsewhere' }), 16 * 60_000],
  ['that was never written', '', 3000],
] as const)('a lock %s is taken over', async ([, content, ageMs]) => {
  await withProvisionLock(lock, async () => undefined, unexpected)
  writeFileSync(lock, content)
  const modified = new Date(wallMs() - ageMs)
  utimesSync(lock, modified, modified)
  expect(
    await withProvisionLock(
      lock,
      async () => 'worked',
      () => undefined,
    ),
  ).toBe('worked')
})

test('a lock of a living owner, or of another machine, is waited for', async () => {
  const living = { pid: process.pid, startedAt: processIdentity(process.pid), host: hostname() }
  for (const owner of [living, { ...deadOwner, host: 'elsewhere' }]) {
    await withProvisionLock(lock, async () => undefined, unexpected)
    writeFileSync(lock, JSON.stringify(owner))
    let waited = false
    const working = withProvisionLock(
      lock,
      async () => 'worked',
      () => {
        waited = true
        expect(readFileSync(lock, 'utf8')).toBe(JSON.stringify(owner))
        setTimeout(() => rmSync(lock), 150)
      },
    )
    expect(await working).toBe('worked')
    expect(waited).toBe(true)
  }
})

test('a cache that cannot be written is an environment error', async () => {
  writeFileSync(join(folder, 'cache'), 'a file in the way')
  const locking = withProvisionLock(lock, async () => undefined, unexpected)
  await expect(locking).rejects.toThrow(EnvironmentError)
  await expect(locking).rejects.toThrow(/SHAKETABLE_CACHE/)
})
