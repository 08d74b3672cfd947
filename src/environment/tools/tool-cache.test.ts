import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isVerified, isVerifiedThoroughly, markVerified, sha256Of, toolCacheFolder } from './tool-cache.ts'

afterEach(() => vi.unstubAllEnvs())

describe('folder', () => {
  test('is the first that is set of SHAKETABLE_CACHE, XDG_CACHE_HOME, ~/.cache', () => {
    vi.stubEnv('SHAKETABLE_CACHE', undefined)
    vi.stubEnv('XDG_CACHE_HOME', undefined)
    expect(toolCacheFolder()).toBe(join(homedir(), '.cache', 'shaketable'))
    vi.stubEnv('XDG_CACHE_HOME', 'relative')
    expect(toolCacheFolder()).toBe(join(homedir(), '.cache', 'shaketable'))
    vi.stubEnv('XDG_CACHE_HOME', '/xdg')
    expect(toolCacheFolder()).toBe('/xdg/shaketable')
    vi.stubEnv('SHAKETABLE_CACHE', '/own')
    expect(toolCacheFolder()).toBe('/own/shaketable')
    expect(toolCacheFolder('/given')).toBe('/given/shaketable')
  })
})

describe('marker', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tool-cache-test-'))
    file = join(folder, 'tool')
    writeFileSync(file, 'binary')
    await markVerified(file, await sha256Of(file))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('holds while the file is as it was', async () => {
    expect(await isVerified(file)).toBe(true)
    expect(await isVerifiedThoroughly(file)).toBe(true)
  })

  test('does not hold for a cut, a touched or a missing file', async () => {
    writeFileSync(file, 'bin')
    expect(await isVerified(file)).toBe(false)
    writeFileSync(file, 'bimary')
    expect(await isVerified(file)).toBe(false)
    rmSync(file)
    expect(await isVerified(file)).toBe(false)
  })

  test('same size and time: only the thorough look sees it', async () => {
    const { atime, mtime } = statSync(file)
    writeFileSync(file, 'bimary')
    utimesSync(file, atime, mtime)
    // A file time has nanoseconds, utimes does not: mark the time that can be restored.
    await markVerified(file, await sha256Of(file))
    const restored = statSync(file)
    writeFileSync(file, 'binari')
    utimesSync(file, restored.atime, restored.mtime)
    expect(await isVerified(file)).toBe(true)
    expect(await isVerifiedThoroughly(file)).toBe(false)
  })

  test('a torn marker is no marker', async () => {
    writeFileSync(`${file}.verified.json`, '{"sha25')
    expect(await isVerified(file)).toBe(false)
  })
})
