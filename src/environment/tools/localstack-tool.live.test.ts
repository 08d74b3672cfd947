// The real installation, into an empty cache: hash-checked, once for two runs, never again, and not used when damaged.

import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { cachedLocalstack, ensureLocalstack } from './localstack-tool.ts'

let cacheDir: string
beforeAll(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'localstack-tool-live-'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(cacheDir, { recursive: true })
})

test('installed, kept, and not believed when damaged', { timeout: 300_000 }, async () => {
  const lines: string[] = []
  const progress = (line: string) => lines.push(line)
  expect(await cachedLocalstack({ cacheDir })).toBeUndefined()

  // Two runs at once install once, and what a killed run has left goes away.
  const [first, second] = await Promise.all([
    ensureLocalstack({ cacheDir, progress }),
    ensureLocalstack({ cacheDir, progress }),
  ])
  expect(second).toEqual(first)
  expect(lines.filter((line) => line.includes('fetching'))).toHaveLength(1)
  expect(lines).toContain('LocalStack 4.8.1: another run is installing it, waiting')
  expect(lines.at(-1)).toMatch(/^LocalStack 4\.8\.1: ready in \d/)
  expect(readdirSync(join(first.catalogFolder, 'usr', 'lib', 'localstack'))).toEqual([
    expect.stringMatching(/^service-catalog-4_8_1-.*\.dill$/),
  ])
  const program = 'import boto3, localstack.constants; print(localstack.constants.VERSION)'
  expect(execFileSync(first.python, ['-c', program], { encoding: 'utf8' }).trim()).toBe('4.8.1')
  expect(readdirSync(dirname(first.folder))).toEqual([first.folder.split('/').at(-1)])

  // The second time: no python3, no network, no time.
  vi.stubEnv('PATH', '/nonexistent')
  const startedMs = monotonicMs()
  expect(await ensureLocalstack({ cacheDir, progress })).toEqual(first)
  expect(monotonicMs() - startedMs).toBeLessThan(100)
  expect(await ensureLocalstack({ cacheDir, thorough: true })).toEqual(first)

  // One byte more in one file of thousands: the thorough look finds it, and there is no python3 to mend it with.
  const packages = join(first.folder, 'venv', 'lib')
  const [python] = readdirSync(packages)
  appendFileSync(join(packages, python ?? '', 'site-packages', 'localstack', 'constants.py'), '\n')
  await expect(ensureLocalstack({ cacheDir, thorough: true })).rejects.toThrow(/found no python3[\s\S]*apt-get install/)
  vi.unstubAllEnvs()
})

test('a run that is interrupted leaves nothing behind', async () => {
  const own = join(cacheDir, 'interrupted')
  mkdirSync(own)
  const stopper = new AbortController()
  const progress = (line: string) => {
    if (line.includes('fetching')) stopper.abort()
  }
  const guard = { signal: stopper.signal, marker: {} }
  await expect(ensureLocalstack({ cacheDir: own, progress, guard })).rejects.toThrow(/it was interrupted/)
  expect(existsSync(join(own, 'shaketable'))).toBe(true)
  expect(readdirSync(join(own, 'shaketable'))).toEqual([])
})

test('an index that cannot be reached', async () => {
  const own = join(cacheDir, 'offline')
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple')
  vi.stubEnv('PIP_RETRIES', '1')
  await expect(ensureLocalstack({ cacheDir: own })).rejects.toThrow(/could not be installed: .*index cannot be reached/)
  vi.unstubAllEnvs()
})
