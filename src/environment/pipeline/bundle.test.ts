// The bundles load as Lambda loads them, are the same every time, and a handler that does not load is one clear error.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import Module from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { functionRoles } from '../../pipeline/function-roles.ts'
import { bundleFunctions } from './bundle.ts'
import { checkHandler } from './handler-check.ts'

vi.setConfig({ testTimeout: 30_000 })

const handlerPath = resolve('fixtures/pipeline/handler.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-handler-'))
})
afterAll(() => rm(folder, { recursive: true }))

function load(zip: Uint8Array | undefined): { readonly handler?: unknown } {
  const code = unzipSync(zip ?? new Uint8Array())['index.js']
  const loaded = new Module('/index.js') as Module & { _compile(code: string, file: string): void }
  loaded._compile(new TextDecoder().decode(code), '/index.js')
  return loaded.exports
}

test('every function loads by itself and has a handler', async () => {
  const json = { ROUTING: '[]', BUCKET_MAPPING: '{}', HANDLER_ARGS: '{}', DELAY: '0' }
  vi.stubEnv('AWS_REGION', 'us-east-1')
  for (const [name, value] of Object.entries(json)) vi.stubEnv(name, value)
  const zips = await bundleFunctions({ handlerPath })
  expect(Object.keys(zips)).toEqual(functionRoles)
  for (const role of functionRoles) expect([role, typeof load(zips[role]).handler]).toEqual([role, 'function'])
  vi.unstubAllEnvs()
})

test('the same sources give the same bytes, and are bundled once', async () => {
  const first = bundleFunctions({ handlerPath })
  expect(bundleFunctions({ handlerPath })).toBe(first)
  const file = 'localstack/functions/drain.ts'
  const edit = { file, find: 'deletesAtOnce = 8', replace: 'deletesAtOnce = 8' }
  expect(await bundleFunctions({ handlerPath, edits: [edit] })).toEqual(await first)
})

test('an edit changes its function and no other', async () => {
  const plain = await bundleFunctions({ handlerPath })
  const file = 'localstack/functions/drain.ts'
  const edited = await bundleFunctions({
    handlerPath,
    edits: [{ file, find: 'deletesAtOnce = 8', replace: 'deletesAtOnce = 9' }],
  })
  expect(functionRoles.filter((role) => Buffer.compare(plain[role], edited[role]) !== 0)).toEqual(['drain'])
  const nowhere = bundleFunctions({ handlerPath, edits: [{ file, find: 'not there', replace: '' }] })
  await expect(nowhere).rejects.toThrow('expected once "not there", found 0 times')
})

describe('a handler', () => {
  const cases: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    [
      'with a syntax error',
      'const a = 1\nexport default function (',
      /h\.ts:2:\d+: expected a handler that loads, found: /,
    ],
    [
      'that imports nothing real',
      "import { a } from './gone.ts'\nexport default a",
      /h\.ts:1:\d+: .* Could not resolve "\.\/gone\.ts"/,
    ],
    [
      'that throws',
      "const a: string = 'x'\n\nthrow new TypeError(a)\n",
      /h\.ts:3:\d+: expected a handler that loads, found: TypeError: x/,
    ],
    [
      'that exports nothing',
      'export const a = 1',
      /h\.ts: expected a default export, a function that makes a handler.*, found none/,
    ],
    ['that exports an object', 'export default { recv() {} }', /h\.ts: expected a default export.*, found object/],
    ['that ends the process', 'process.exit(0)', /h\.ts: expected a handler that loads, found: it ended the process/],
  ]
  test.each(cases)('%s', async (_name, text, message) => {
    const path = join(folder, 'h.ts')
    await writeFile(path, text)
    const error: unknown = await checkHandler(path).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).message).toMatch(message)
    expect((error as InputError).message).not.toContain('\n')
  })

  test('that is fine passes', async () => {
    await checkHandler(handlerPath)
  })
})
