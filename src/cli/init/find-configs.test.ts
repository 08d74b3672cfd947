import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findConfigs } from './find-configs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-init-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

const found = async (given?: string) =>
  (await findConfigs(given, folder)).configs.map(({ sort, shown, node }) => [sort, shown, node])

const definition = 'version: 1\ndependencies: []\n'
const envoy = 'node: { cluster: edge }\nstatic_resources: { listeners: [] }\n'
const dump = JSON.stringify({ configs: [{ '@type': 'x', bootstrap: { node: { cluster: 'front' } } }] })

test('every sort is known by its keys, in a folder and by name', async () => {
  await put({
    'mesh/book.yaml': definition,
    'mesh/edge/envoy.yml': envoy,
    'dump.json': dump,
    'mesh/user.jsonnet': '{ version: 1, dependencies: [] }',
    'store/v3/discovery/clusters/book': '{}',
    'store/v3/discovery/routes/book': '{}',
    'store/v3/discovery/routes/half': '{}',
    'package.json': '{"name":"x"}',
    'scenarios/a.yaml': definition,
    'node_modules/x/book.yaml': definition,
    '.hidden/book.yaml': definition,
    'notes.yaml': 'a: 1',
  })
  expect(await found()).toEqual([
    ['configDump', 'dump.json', 'front'],
    ['definition', 'mesh/book.yaml', 'book'],
    ['envoy', 'mesh/edge/envoy.yml', 'edge'],
    ['definition', 'mesh/user.jsonnet', 'user'],
    ['xds', 'store', 'book'],
  ])
  expect(await found('mesh/book.yaml')).toEqual([['definition', 'mesh/book.yaml', 'book']])
  expect(await found('dump.json')).toEqual([['configDump', 'dump.json', 'front']])
  for (const store of ['store', 'store/v3', 'store/v3/discovery']) {
    expect(await found(store)).toEqual([['xds', 'store', 'book']])
  }
})

test('a file that was meant to be one and cannot be read is named, and keeps nobody from the others', async () => {
  await put({ 'a.yaml': 'static_resources:\n  - {\n', 'b.yaml': definition, 'c.yaml': '{{ helm }}: [' })
  const { configs, skipped } = await findConfigs(undefined, folder)
  expect(configs).toHaveLength(1)
  expect(skipped).toEqual([{ file: 'a.yaml', reason: expect.stringMatching(/^no YAML: line \d/) }])
})

test.for([
  ['nowhere.yaml', /nowhere\.yaml: expected a service definition, .*found nothing there/],
  ['notes.yaml', /notes\.yaml: expected .*found a mapping with a, b/],
  ['object.json', /object\.json: .*one xDS object; name the directory/],
  ['binary.yaml', /binary\.yaml: .*no text/],
  ['broken.yaml', /broken\.yaml: .*no YAML: line 3/],
  ['empty.yaml', /empty\.yaml: .*found/],
  ['empty', /empty: expected .*found none\n {2}hint: name the file/],
] as const)('%s is refused', async ([given, message]) => {
  await put({
    'notes.yaml': 'a: 1\nb: 2\n',
    'object.json': '{"version_info":"1","resources":[],"type_url":"t"}',
    'binary.yaml': 'a\0b',
    'broken.yaml': 'a: 1\nb: [\n',
    'empty.yaml': '',
    'empty/x.txt': '',
  })
  await expect(findConfigs(given, folder)).rejects.toThrow(message)
})
