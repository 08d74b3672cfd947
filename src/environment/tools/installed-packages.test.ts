import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstDamaged, recordsSha256 } from './installed-packages.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'installed-packages-test-'))
  mkdirSync(join(folder, 'one-1.0.dist-info'))
  const hash = createHash('sha256').update('code').digest('base64url')
  const rows = [`a.py,sha256=${hash},4`, `"b,c.py",sha256=${hash},4`, 'a.pyc,,', '../../bin/tool,sha256=AAAA,1', '']
  writeFileSync(join(folder, 'one-1.0.dist-info', 'RECORD'), rows.join('\n'))
  writeFileSync(join(folder, 'a.py'), 'code')
  writeFileSync(join(folder, 'b,c.py'), 'code')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('in order', async () => {
  expect(await firstDamaged(folder)).toBeUndefined()
})

test('a byte more, or a file less', async () => {
  appendFileSync(join(folder, 'b,c.py'), '!')
  expect(await firstDamaged(folder)).toBe('b,c.py')
  rmSync(join(folder, 'a.py'))
  expect(await firstDamaged(folder)).toBe('a.py')
})

test('a record that was changed along with its file', async () => {
  const before = await recordsSha256(folder)
  appendFileSync(join(folder, 'one-1.0.dist-info', 'RECORD'), 'more.py,,\n')
  expect(await recordsSha256(folder)).not.toBe(before)
})
