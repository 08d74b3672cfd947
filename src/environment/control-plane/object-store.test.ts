import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directoryStore, type ObjectStore } from './object-store.ts'

let folder: string
let store: ObjectStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'object-store-'))
  store = directoryStore(folder)
})
afterEach(() => rm(folder, { recursive: true }))

test('gives back what was written, and undefined for what was not', async () => {
  expect(await store.read('v3/discovery/clusters/book')).toBeUndefined()
  await store.write('v3/discovery/clusters/book', 'one')
  await store.write('v3/discovery/clusters/book', 'two')
  expect(await store.read('v3/discovery/clusters/book')).toBe('two')
  expect(await store.list('v3/discovery/clusters')).toEqual(['book'])
  expect(await store.list('v3/discovery/routes')).toEqual([])
  expect(await readdir(join(folder, '.writing'))).toEqual([])
})

test('readers see the old object or the new one, never a part', async () => {
  const contents = ['a', 'b'].map((letter) => letter.repeat(300_000))
  await store.write('a/b', contents[0] ?? '')
  let writing = true
  const written = (async () => {
    for (let round = 0; round < 50; round++) await store.write('a/b', contents[round % 2] ?? '')
    writing = false
  })()
  while (writing) expect(contents).toContain(await store.read('a/b'))
  await written
})

test.each(['../outside', 'v3/../../outside', '/etc/passwd', 'a//b', 'a/.', '.writing/x', 'a\\b'])(
  'refuses the key %s',
  async (key) => {
    expect(() => store.read(key)).toThrow(RangeError)
    await expect(store.write(key, '')).rejects.toThrow(RangeError)
  },
)

test('tells of each change, also to an object that is new, from another writer', async () => {
  let changes = 0
  let wake = () => {}
  const unwatch = store.watch(['v3/discovery/clusters'], () => {
    changes++
    wake()
  })
  for (const content of ['new', 'changed']) {
    const told = new Promise<void>((resolve) => {
      wake = resolve
    })
    await directoryStore(folder).write('v3/discovery/clusters/book', content)
    await told
  }
  unwatch()
  const before = changes
  await store.write('v3/discovery/clusters/book', 'again')
  expect(await store.read('v3/discovery/clusters/book')).toBe('again')
  expect(changes).toBe(before)
})
