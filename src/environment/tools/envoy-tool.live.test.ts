// The real download, into an empty cache: hash-checked, once for two runs, never again, and again when it was damaged.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { ensureEnvoy } from './envoy-tool.ts'
import { sha256Of } from './tool-cache.ts'

let cacheDir: string
beforeAll(() => {
  vi.stubEnv('SHAKETABLE_ENVOY', undefined)
  cacheDir = mkdtempSync(join(tmpdir(), 'envoy-tool-live-'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(cacheDir, { recursive: true })
})

test('fetched, checked, kept, and mended', async () => {
  const lines: string[] = []
  const progress = (line: string) => lines.push(line)
  const downloads = () => lines.filter((line) => line.includes('downloading')).length

  // Two runs at once provision once.
  const [first, second] = await Promise.all([ensureEnvoy({ cacheDir, progress }), ensureEnvoy({ cacheDir, progress })])
  expect(second).toEqual(first)
  expect(downloads()).toBe(1)
  expect(lines.some((line) => /^Envoy 1\.40\.0: downloading \(\d+ MB\)…$/.test(line))).toBe(true)
  expect(lines).toContain('Envoy 1.40.0: verified sha256')
  expect(lines.at(-1)).toMatch(/^Envoy 1\.40\.0: ready in [\d.]+ m?s$/)
  expect(execFileSync(first.path, ['--version'], { encoding: 'utf8' })).toContain('/1.40.0/Clean/')
  const intact = await sha256Of(first.path)

  // The second time: no python3, no network, no time.
  vi.stubEnv('PATH', '/nonexistent')
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple')
  const startedMs = monotonicMs()
  expect(await ensureEnvoy({ cacheDir, progress })).toEqual(first)
  expect(monotonicMs() - startedMs).toBeLessThan(100)
  expect(await ensureEnvoy({ cacheDir, progress, thorough: true })).toEqual(first)
  expect(downloads()).toBe(1)

  // Damaged, and no way to fetch it: said, not used.
  const { atime, mtime, size } = statSync(first.path)
  truncateSync(first.path, size - 1)
  await expect(ensureEnvoy({ cacheDir })).rejects.toThrow(/python3 not found/)
  vi.unstubAllEnvs()
  vi.stubEnv('SHAKETABLE_ENVOY', undefined)
  await ensureEnvoy({ cacheDir, progress })
  expect(downloads()).toBe(2)
  expect(await sha256Of(first.path)).toBe(intact)

  // One byte changed, without a trace in size or time: the thorough look finds it.
  const file = openSync(first.path, 'r+')
  writeSync(file, 'X', 50_000_000)
  closeSync(file)
  utimesSync(first.path, atime, mtime)
  await ensureEnvoy({ cacheDir, progress, thorough: true })
  expect(downloads()).toBe(3)
  expect(await sha256Of(first.path)).toBe(intact)

  // Nothing but the tool and its marker is left.
  expect(readdirSync(dirname(dirname(first.path)))).toEqual([dirname(first.path).split('/').at(-1)])
  expect(readdirSync(dirname(first.path)).sort()).toEqual(['envoy', 'envoy.verified.json'])
})
