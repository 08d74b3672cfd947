// Files that cannot be read as a definition at all: each comes out as one InputError that begins with the file.

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { randomStream } from '../core/random.ts'
import { loadDefinition } from './definition.ts'

const dependency = {
  name: 'user',
  cluster_name: 'user-development',
  lb: 'user-app:8080',
  tls: false,
  connect_timeout_ms: 250,
  routes: [{ prefix: '/', timeout_ms: 3000 }],
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-definition-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function refused(name: string, content?: string | Uint8Array): Promise<string> {
  const file = join(folder, name)
  if (content !== undefined) await writeFile(file, content)
  const error: unknown = await loadDefinition(file).then(
    () => new Error(`${name} was accepted`),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InputError)
  const { message } = error as InputError
  expect(message.startsWith(`${file}`)).toBe(true)
  return message.replace(folder, '')
}

test('missing', async () => {
  expect(await refused('missing.yaml')).toBe('/missing.yaml: expected a readable file, found no such file')
})

test('directory', async () => {
  await mkdir(join(folder, 'folder.yaml'))
  expect(await refused('folder.yaml')).toBe('/folder.yaml: expected a readable file, found a directory')
})

test.skipIf(process.getuid?.() === 0)('unreadable', async () => {
  await writeFile(join(folder, 'secret.yaml'), JSON.stringify({ version: 1, dependencies: [dependency] }))
  await chmod(join(folder, 'secret.yaml'), 0)
  expect(await refused('secret.yaml')).toContain('that we may not read it')
})

test('other endings', async () => {
  expect(await refused('book.toml', 'a = 1')).toContain('expected a file that ends in .yaml, .yml, .json or .jsonnet')
})

test('random bytes', async () => {
  const roll = randomStream('definition', 'bytes')
  const megabyte = Uint8Array.from({ length: 1_000_000 }, () => roll() * 256)
  expect(await refused('random.yaml', megabyte)).toBe(
    '/random.yaml: expected a service definition of at most 524288 bytes, found 1000000',
  )
  for (const ending of ['yaml', 'yml', 'json'])
    expect(await refused(`random.${ending}`, megabyte.slice(0, 524_288))).toContain('expected text in UTF-8')
  const printable = megabyte.slice(0, 100_000).map((byte) => 32 + (byte % 95))
  for (const ending of ['yaml', 'json'])
    expect((await refused(`printable.${ending}`, printable)).split('\n').length).toBeLessThanOrEqual(12)
})

test('jsonnet without, and with, someone to evaluate it', async () => {
  expect(await refused('book.jsonnet', '{}')).toContain('expected YAML or JSON here, found jsonnet')
  const file = join(folder, 'book.jsonnet')
  const jsonnet = async (asked: string) =>
    JSON.stringify({ version: 1, dependencies: [{ ...dependency, name: asked }] })
  expect((await loadDefinition(file, { jsonnet })).definition.dependencies[0]?.name).toBe(file)
  await expect(loadDefinition(file, { jsonnet: async () => '{' })).rejects.toThrow('expected JSON from jsonnet')
})
