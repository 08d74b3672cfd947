// The real pip against wheels that the test makes, from a folder instead of an index: what is accepted and what is not.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ensureProvisioned, type Provision } from './provisioned-file.ts'
import { sha256Of } from './tool-cache.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provisioned-file-'))
  vi.stubEnv('PIP_NO_INDEX', '1')
  vi.stubEnv('PIP_FIND_LINKS', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const wheelProgram = `
import base64, hashlib, sys, zipfile
path, content, recorded = sys.argv[1:]
digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
with zipfile.ZipFile(path, "w") as wheel:
    info = "shaketable_toy-1.0.dist-info"
    wheel.writestr("toy/tool", content)
    wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: shaketable-toy\\nVersion: 1.0\\n")
    wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "/RECORD", "toy/tool,sha256=%s,%d\\n" % (digest(recorded), len(content)))
`

/** Makes a wheel whose RECORD has the hash of `recorded`. */
async function provisionOf(
  content: string,
  pins: Partial<Provision['wheel']> = {},
  recorded = content,
): Promise<Provision> {
  const wheel = join(folder, 'shaketable_toy-1.0-py3-none-any.whl')
  execFileSync('python3', ['-c', wheelProgram, wheel, content, recorded])
  return {
    label: 'toy 1.0',
    requirement: 'shaketable-toy==1.0',
    wheel: { sha256: await sha256Of(wheel), sizeBytes: 1, ...pins },
    glibcMin: '2.0',
    member: 'toy/tool',
    path: join(folder, 'cache', 'toy-1.0', 'tool'),
    otherwise: 'do without',
  }
}

test('a wheel with the pinned hash is taken, its file checked against its RECORD', async () => {
  const provision = await provisionOf('good')
  await ensureProvisioned(provision)
  expect(readFileSync(provision.path, 'utf8')).toBe('good')
})

test('a wheel with another hash is refused, and nothing is left of it', async () => {
  const provision = await provisionOf('corrupted', { sha256: 'ab'.repeat(32) })
  await expect(ensureProvisioned(provision)).rejects.toThrow(
    /toy 1\.0 could not be fetched: the download does not have the pinned sha256/,
  )
  expect(readdirSync(join(folder, 'cache'))).toEqual([])
})

test.for([
  ['the pinned one', { binarySha256: 'cd'.repeat(32) }, 'good'],
  ['that of the RECORD', {}, 'other'],
] as const)('a file whose hash is not %s is refused', async ([, pins, recorded]) => {
  const provision = await provisionOf('good', pins, recorded)
  await expect(ensureProvisioned(provision)).rejects.toThrow(
    /sha256 of toy\/tool is [0-9a-f]{64}, [0-9a-f]{64} expected/,
  )
  expect(existsSync(provision.path)).toBe(false)
})

test('what a killed run has left is cleared away', async () => {
  const provision = await provisionOf('good')
  mkdirSync(join(folder, 'cache', 'toy-1.0.partial-0123'), { recursive: true })
  await ensureProvisioned(provision)
  expect(readdirSync(join(folder, 'cache'))).toEqual(['toy-1.0'])
})

test('what the index does not have is told', async () => {
  const provision = { ...(await provisionOf('good')), requirement: 'shaketable-toy==2.0' }
  await expect(ensureProvisioned(provision)).rejects.toThrow(/pip finds no shaketable-toy==2\.0 for this machine/)
})
