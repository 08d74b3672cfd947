// The parts of a session of runs that need no Envoy.

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticRequest } from '../../core/synthetic-history.ts'
import { smallDefinition, smallScenario, twoClusters } from '../test-scenario.ts'
import { environmentNeeds } from './needs.ts'
import { type Loaded, type ReloadOptions, reload } from './reload.ts'
import { beganMs, shiftTimes } from './shift-times.ts'
import { type FileWatch, isIgnored, watchFiles } from './watch-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'))
  mkdirSync(join(folder, 'scenarios'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string | object) => {
  const file = join(folder, 'scenarios', name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('after a save', () => {
  const load = (saved: readonly string[] = [], before?: Loaded) => {
    const options: ReloadOptions = {
      paths: [join(folder, 'scenarios')],
      seed: 's',
      cwd: folder,
      keyOf: (name) => `key-${name}`,
      progress: () => {},
    }
    return reload(options, saved, before)
  }
  const named = async (saved: readonly string[], before: Loaded) =>
    (await load(saved, before)).run.records.map(({ name }) => name)

  beforeEach(() => {
    write('book.json', smallDefinition())
    write('other.json', smallDefinition())
    write('a.yaml', smallScenario({ name: 'a' }))
    write('b.yaml', smallScenario({ name: 'b' }))
    write('c.yaml', smallScenario({ name: 'c', mesh: { definition: 'other.json' } }))
  })

  test('at first all are run, and keep their keys', async () => {
    const { run } = await load()
    expect([...run.meshes.values()].map(({ key }) => key)).toEqual(['key-a', 'key-b', 'key-c'])
  })

  test('a scenario that reads differently is concerned, and no other', async () => {
    const before = await load()
    expect(await named([write('a.yaml', smallScenario({ name: 'a', duration: '2s' }))], before)).toEqual(['a'])
  })

  test('a definition concerns whoever names it, even if it says the same', async () => {
    const before = await load()
    expect(await named([write('book.json', smallDefinition())], before)).toEqual(['a', 'b'])
    expect(await named([write('other.json', twoClusters())], before)).toEqual(['c'])
  })

  test('any other file concerns nobody; a new scenario itself', async () => {
    const before = await load()
    expect(await named([write('notes.txt', 'x')], before)).toEqual([])
    expect(await named([write('d.yaml', smallScenario({ name: 'd' }))], before)).toEqual(['d'])
  })

  test('what cannot be read is said with its place', async () => {
    const before = await load()
    const saved = write('a.yaml', '{ "name": ')
    await expect(load([saved], before)).rejects.toThrow(/a\.yaml:1:/)
  })

  test('needs: hosts and clusters, but not routes, traffic, faults or expectations', async () => {
    const needsOf = async (scenario: object, definition: object = smallDefinition()) => {
      write('book.json', definition)
      write('a.yaml', smallScenario({ name: 'a', ...scenario }))
      const prepared = (await load()).meshes.get('a')
      return prepared === undefined ? '' : environmentNeeds(prepared)
    }
    const first = await needsOf({})
    expect(await needsOf({ duration: '3s', expect: [{ policy: {} }] })).toBe(first)
    expect(await needsOf({}, smallDefinition({ prefix: '/', timeout_ms: 77 }))).toBe(first)
    expect(await needsOf({ upstreams: { 'user-development': { hosts: 2 } } })).not.toBe(first)
    expect(await needsOf({}, twoClusters())).not.toBe(first)
    const faults = [{ name: 'dead', target: 'user-development', from: '100ms', until: '200ms', kill: {} }]
    expect(await needsOf({ faults })).not.toBe(first)
  })
})

describe('times of the session on the clock of a run', () => {
  test('all moments move, durations stay', () => {
    for (const event of syntheticRequest({ id: 'a', intendedMs: 1000 })) {
      const moved: unknown = shiftTimes(event, -400)
      expect(moved).toMatchObject({ atMs: event.atMs - 400 })
      if (event.kind === 'request-sent') expect(moved).toMatchObject({ intendedMs: event.intendedMs - 400 })
      if (event.kind === 'request-answered') expect(moved).toMatchObject({ latencyMs: event.latencyMs })
      if (event.kind === 'attempt-logged') expect(moved).toMatchObject({ startMs: event.startMs - 400 })
    }
  })

  test('a line that comes late began in the run before', () => {
    const event = {
      kind: 'request-logged',
      src: 'egress',
      scenario: 's',
      atMs: 20,
      startMs: -30,
    } as unknown as NewEvent
    expect(beganMs(event)).toBe(-30)
  })
})

describe('saves', () => {
  let files: FileWatch
  const problems: string[] = []
  const never = new AbortController().signal
  beforeEach(async () => {
    write('a.yaml', 'a')
    mkdirSync(join(folder, 'configs/deeper'), { recursive: true })
    files = watchFiles((text) => problems.push(text))
    await files.set({
      folders: [join(folder, 'scenarios')],
      flat: [join(folder, 'configs')],
      except: [join(folder, 'scenarios/reports')],
    })
  })
  afterEach(async () => {
    await files.close()
    expect(problems).toEqual([])
  })
  const next = async () => (await files.next(never)).map(({ path }) => path.slice(folder.length + 1))

  test('written, replaced, new and removed files', async () => {
    write('a.yaml', 'b')
    expect(await next()).toEqual(['scenarios/a.yaml'])
    const draft = write('a.yaml.new', 'c')
    renameSync(draft, join(folder, 'scenarios/a.yaml'))
    expect(await next()).toContain('scenarios/a.yaml')
    writeFileSync(join(folder, 'configs/book.json'), '{}')
    expect(await next()).toEqual(['configs/book.json'])
    rmSync(join(folder, 'configs/book.json'))
    expect(await next()).toEqual(['configs/book.json'])
  })

  test('several at once are one', async () => {
    for (const name of ['x.yaml', 'y.yaml', 'a.yaml']) write(name, 'z')
    expect((await next()).sort()).toEqual(['scenarios/a.yaml', 'scenarios/x.yaml', 'scenarios/y.yaml'])
  })

  test('an interrupt ends the wait', async () => {
    const stopping = new AbortController()
    const waiting = files.next(stopping.signal)
    stopping.abort()
    expect(await waiting).toEqual([])
  })
})

test.each([
  ['/s/a.yaml', false],
  ['/s/deep/a.yaml', false],
  ['/c/book.yaml', false],
  ['/c/deeper/book.yaml', true],
  ['/s/.a.yaml.swp', true],
  ['/s/a.yaml~', true],
  ['/s/4913', true],
  ['/s/node_modules', true],
  ['/s/reports/run/index.html', true],
  ['/elsewhere/a.yaml', true],
])('%s is ignored: %s', (path, ignored) => {
  expect(isIgnored(path, { folders: ['/s'], flat: ['/c'], except: ['/s/reports'] })).toBe(ignored)
})
