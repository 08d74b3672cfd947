// Interpreters of the test's own stand in for the machine's.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { findPython } from './localstack-python.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'localstack-python-test-'))
  vi.stubEnv('PATH', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function fake(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}
const says = (version: string) => `echo /usr/bin/python${version}; echo ${version}`

test('python3 where it is one that LocalStack runs on', async () => {
  fake('python3', says('3.12'))
  expect(await findPython()).toEqual({ path: '/usr/bin/python3.12', version: '3.12' })
})

test('else one by its name', async () => {
  fake('python3', says('3.9'))
  fake('python3.11', says('3.11'))
  expect(await findPython()).toEqual({ path: '/usr/bin/python3.11', version: '3.11' })
})

test.each([
  [
    'none',
    () => undefined,
    /needs Python 3\.11, 3\.12, 3\.13; found no python3\n {2}hint: apt-get install python3\.11/,
  ],
  ['too old', () => fake('python3', says('3.9')), /found python3 is 3\.9\n/],
  [
    'broken',
    () => fake('python3', 'echo "no shared library" >&2; exit 127'),
    /python3 does not run \(code 127:\n {2}no shared/,
  ],
])('%s', async (_, prepare, message) => {
  prepare()
  await expect(findPython()).rejects.toThrow(EnvironmentError)
  await expect(findPython()).rejects.toThrow(message)
})
