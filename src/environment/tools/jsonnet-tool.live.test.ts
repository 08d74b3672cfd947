// The real jsonnet, from the user's cache: what it gives, and that whatever is wrong becomes one message with its place.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EnvironmentError, InputError } from '../../core/errors.ts'
import { evaluateJsonnet } from './jsonnet-tool.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'jsonnet-tool-')))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string | Buffer): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

async function messageOf(file: string, timeoutMs?: number): Promise<string> {
  const error: unknown = await evaluateJsonnet(file, timeoutMs === undefined ? {} : { timeoutMs }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(InputError)
  return (error as Error).message.replaceAll(folder, '')
}

test('imports, text and functions evaluate to JSON', async () => {
  write('lib/routes.libsonnet', 'function(ms) [{ prefix: "/", timeout_ms: ms, note: importstr "note.txt" }]')
  write('lib/note.txt', 'grüße')
  const file = write(
    'book.jsonnet',
    'local routes = import "lib/routes.libsonnet"; { version: 1, routes: routes(3000) }',
  )
  expect(JSON.parse(await evaluateJsonnet(file))).toEqual({
    version: 1,
    routes: [{ prefix: '/', timeout_ms: 3000, note: 'grüße' }],
  })
})

describe('imports', () => {
  test('stay inside the folder of the file', async () => {
    write('secret.libsonnet', '{}')
    const file = write('mesh/book.jsonnet', '{\n  a: import "../secret.libsonnet",\n}')
    expect(await messageOf(file)).toMatch(
      /^\/mesh\/book\.jsonnet:2:6: import "\.\.\/secret\.libsonnet" is outside of \/mesh\n {2}hint: /,
    )
  })

  test('reach everything of the git checkout that holds the file, and nothing more', async () => {
    write('secret.libsonnet', '{}')
    write('repository/shared.libsonnet', '{ x: 1 }')
    mkdirSync(join(folder, 'repository', '.git'))
    const file = write('repository/mesh/book.jsonnet', 'import "../shared.libsonnet"')
    expect(JSON.parse(await evaluateJsonnet(file))).toEqual({ x: 1 })
    write('repository/mesh/book.jsonnet', 'import "../../secret.libsonnet"')
    expect(await messageOf(file)).toMatch(/is outside of \/repository/)
  })

  test.for(['importstr "/etc/hostname"', 'importbin "link"', 'import "/dev/zero"', 'importstr "folder/../../x"'])(
    'do not get out by %s',
    async (expression) => {
      symlinkSync('/etc/hostname', join(folder, 'link'))
      mkdirSync(join(folder, 'folder'))
      expect(await messageOf(write('book.jsonnet', `{ a: ${expression} }`))).toMatch(
        /book\.jsonnet:1:6: import ".*" is outside of/,
      )
    },
  )

  test('that are missing or no file are named with their place', async () => {
    mkdirSync(join(folder, 'folder'))
    expect(await messageOf(write('a.jsonnet', 'import "none.libsonnet"'))).toMatch(/a\.jsonnet:1:1: .*No such file/)
    expect(await messageOf(write('b.jsonnet', 'import "folder"'))).toMatch(/b\.jsonnet:1:1: .*not a file/)
  })
})

describe('mistakes', () => {
  test.for([
    ['syntax', '{\n  a: ,\n}', /^\/x\.jsonnet:2:6: unexpected: "," while parsing terminal$/],
    ['a name', '{ a: b }', /^\/x\.jsonnet:1:6: [Uu]nknown variable: b$/],
    ['a field', '{\n b: { c: self.d } }', /^\/x\.jsonnet:2:10: field does not exist: d$/],
    ['an error of its own', '{ a: error "half a policy" }', /^\/x\.jsonnet:1:6: half a policy$/],
    ['recursion', 'local f(x) = f(x + 1) + 1; f(1)', /^\/x\.jsonnet:1:14: max stack frames exceeded\.$/],
    ['depth', '['.repeat(100_000), /^\/x\.jsonnet:1:\d+: Exceeded maximum parse depth limit\.$/],
  ] as const)('%s', async ([, text, message]) => {
    expect(await messageOf(write('x.jsonnet', text))).toMatch(message)
  })

  test('in an imported file are placed there', async () => {
    write('lib.libsonnet', '{\n\n  x: error "deep" }')
    expect(await messageOf(write('x.jsonnet', '(import "lib.libsonnet").x'))).toBe('/lib.libsonnet:3:6: deep')
  })

  test('a file that is missing, a folder, or no text', async () => {
    expect(await messageOf(join(folder, 'none.jsonnet'))).toBe('/none.jsonnet cannot be read: no such file')
    expect(await messageOf(folder)).toBe(': a file expected')
    expect(await messageOf(write('x.jsonnet', Buffer.from([0xff, 0xfe, 0])))).toBe(
      '/x.jsonnet: UTF-8 text expected, these are other bytes',
    )
  })

  test('evaluation without an end is ended', async () => {
    const file = write('x.jsonnet', 'local f(x) = if x == 0 then 0 else f(x - 1) tailstrict; f(1e12)')
    expect(await messageOf(file, 700)).toMatch(/^\/x\.jsonnet: evaluation did not finish within 700 ms/)
  })
})

test('without python3 it is the environment’s fault', async () => {
  const file = write('x.jsonnet', '{}')
  await evaluateJsonnet(file)
  vi.stubEnv('PATH', '/nonexistent')
  await expect(evaluateJsonnet(file)).rejects.toThrow(EnvironmentError)
  await expect(evaluateJsonnet(file)).rejects.toThrow(
    /apt-get install python3\n {2}or: give the definition as \.json or \.yaml/,
  )
})
