import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { nameRunFolder } from './run-folder.ts'

test('naming puts nothing on disk; creating gives a private folder; removing takes it whole', async () => {
  const folder = nameRunFolder()
  expect(folder.path).toBe(join(tmpdir(), `shaketable-${folder.id}`))
  expect(existsSync(folder.path)).toBe(false)
  folder.create()
  expect(statSync(folder.path).mode & 0o777).toBe(0o700)
  writeFileSync(join(folder.path, 'file'), 'text')
  await folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})

test('two runs get two folders', () => {
  expect(nameRunFolder().path).not.toBe(nameRunFolder().path)
})

test('a temp folder that cannot be written is an environment error', () => {
  const parent = mkdtempSync(join(tmpdir(), 'run-folder-test-'))
  rmSync(parent, { recursive: true })
  expect(() => nameRunFolder(parent).create()).toThrow(EnvironmentError)
  expect(() => nameRunFolder(parent).create()).toThrow(/TMPDIR/)
})
