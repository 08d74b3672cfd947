import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isMesh } from '../core/scenario-record.ts'
import { headline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeEach(async () => {
  folder = await scenarioFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

describe('a good file', () => {
  test('becomes a record with defaults, milliseconds and absolute paths', async () => {
    await folder.write('mesh/a.yaml', headline)
    expect(await folder.load()).toEqual([
      {
        name: 'retries-mask-trivial-errors',
        about: 'One upstream answer in twenty fails. With this policy users should hardly notice.',
        file: 'mesh/a.yaml',
        mesh: { definition: join(folder.path, 'book.yaml'), node: 'book' },
        upstreams: {
          'user-development': {
            hosts: 2,
            serviceTime: { p50Ms: 3, p99Ms: 20 },
            capacity: 50,
            status: 200,
            bodyBytes: 64,
          },
        },
        traffic: [
          {
            request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
            ratePerSecond: 300,
            arrivals: { kind: 'poisson' },
            timeoutMs: 10_000,
            fromMs: 0,
            untilMs: 3000,
          },
        ],
        durationMs: 3000,
        faults: [
          {
            name: 'flaky-user',
            kind: 'abort',
            target: 'user-development',
            fromMs: 500,
            untilMs: 2500,
            config: { status: 503, ratio: 0.05 },
          },
        ],
        expect: [
          { check: 'policy', config: {}, line: 19 },
          { check: 'success', config: '>= 0.99', line: 20 },
          { check: 'latency', config: { p99: '<= 400ms' }, line: 21 },
          { check: 'recovery', config: { within: '1s' }, line: 22 },
        ],
        isolated: false,
      },
    ])
  })

  test('may use every form of a field', async () => {
    await folder.write('declared.yaml', 'version: 1\n')
    await folder.write(
      'mesh/a.yaml',
      headline
        .replace('definition: ../book.yaml', 'definition: ../book.yaml\n  node: edge\n  declared: ../declared.yaml')
        .replace('serviceTime: { p50: 3ms, p99: 20ms }', 'serviceTime: 5ms, status: 404, bodyBytes: 0')
        .replace('arrivals: poisson', 'arrivals: { step: { to: 500, at: 1s } }\n    timeout: 2s\n    from: 200ms')
        .replace('path: /', 'path: "/a?b=c", headers: { X-A: "1" }, bodyBytes: 10')
        .replace('abort: { status: 503, ratio: 0.05 }', 'host: 2\n    kill: {}')
        .concat('falseAlarm: { probability: 0.0001, because: computed }\n'),
    )
    const record = (await folder.load()).find(isMesh)
    expect(record?.mesh).toEqual({
      definition: join(folder.path, 'book.yaml'),
      node: 'edge',
      declared: join(folder.path, 'declared.yaml'),
    })
    expect(record?.upstreams['user-development']).toMatchObject({ serviceTime: { p50Ms: 5, p99Ms: 5 }, status: 404 })
    expect(record?.traffic[0]).toMatchObject({
      request: { path: '/a?b=c', headers: { 'x-a': '1' }, bodyBytes: 10 },
      arrivals: { kind: 'step', toPerSecond: 500, atMs: 1000 },
      timeoutMs: 2000,
      fromMs: 200,
    })
    expect(record?.faults[0]).toMatchObject({ kind: 'kill', host: 2, config: {} })
    expect(record?.isolated).toBe(true)
    expect(record?.falseAlarm).toEqual({ probability: 0.0001, because: 'computed' })
  })

  test('a definition that a fault pushes is a path relative to the scenario', async () => {
    const pushed = headline.replace('abort: { status: 503, ratio: 0.05 }', 'push: { definition: ../book.yaml }')
    await folder.write('mesh/a.yaml', pushed)
    expect((await folder.load())[0]?.faults[0]?.config).toEqual({ definition: join(folder.path, 'book.yaml') })
    expect(await folder.refusal(pushed.replaceAll('../book.yaml', '../bok.yaml').replace('bok', 'book'))).toBe(
      'mesh/a.yaml:17:25 (/faults/0/push/definition): expected a file at /bok.yaml, found none; did you mean book.yaml?',
    )
  })

  test('no requests at all is not refused: that run is inconclusive', async () => {
    await folder.write('mesh/a.yaml', headline.replace('ratePerSecond: 300', 'ratePerSecond: 0'))
    expect(await folder.load()).toHaveLength(1)
  })

  test('a fault on a cluster without traffic is not refused', async () => {
    await folder.write('mesh/a.yaml', headline.replace('target: user-development', 'target: ab-testing'))
    expect(await folder.load()).toHaveLength(1)
  })

  test('TypeScript modules give one record or several', async () => {
    const module = `const one = (name: string) => ({
      name, about: 'a', mesh: { definition: '../book.yaml' }, duration: '1s', expect: [{ policy: {} }],
    })
    export default [one('first'), one('second')]\n`
    await folder.write('mesh/two.scenario.ts', module)
    await folder.write('mesh/one.scenario.ts', module.replace("[one('first'), one('second')]", "one('third')"))
    expect((await folder.load()).map((record) => record.name)).toEqual(['third', 'first', 'second'])
  })
})

describe('files and folders', () => {
  const named = (name: string) => headline.replace('retries-mask-trivial-errors', name)

  test('folders are searched in order; hidden ones, node_modules and other files are left alone', async () => {
    for (const path of ['b/z.yml', 'b/a.yaml', 'a.yaml', '.hidden/x.yaml', 'node_modules/x.yaml']) {
      await folder.write(
        `mesh/${path}`,
        named(path.replaceAll(/\W/g, '')).replace('../book.yaml', join(folder.path, 'book.yaml')),
      )
    }
    await folder.write('mesh/README.md', 'no scenario')
    await symlink(join(folder.path, 'mesh'), join(folder.path, 'mesh/loop'))
    expect((await folder.load()).map((record) => record.file)).toEqual(['mesh/a.yaml', 'mesh/b/a.yaml', 'mesh/b/z.yml'])
    // Named twice, loaded once.
    expect(await folder.load(['mesh', 'mesh/a.yaml', join(folder.path, 'mesh')])).toHaveLength(3)
  })

  test('two scenarios with one name are refused, naming both files', async () => {
    await folder.write('mesh/a.yaml', headline)
    await folder.write('mesh/b.yaml', headline)
    await expect(folder.load()).rejects.toThrow(
      'mesh/b.yaml:1:7 (/name): expected a name of its own, found "retries-mask-trivial-errors" also at mesh/a.yaml:1:7 (/name); rename one of them',
    )
  })

  test('grep chooses by name', async () => {
    await folder.write('mesh/a.yaml', named('first-one'))
    await folder.write('mesh/b.yaml', named('second-one'))
    expect((await folder.load(['mesh'], 'SECOND|third')).map((record) => record.name)).toEqual(['second-one'])
    await expect(folder.load(['mesh'], 'third')).rejects.toThrow(
      '--grep: expected a scenario whose name matches "third", found none among first-one, second-one',
    )
    await expect(folder.load(['mesh'], '(')).rejects.toThrow('--grep: expected a regular expression, found "("')
  })

  test('missing paths, folders without scenarios and other files say what to do', async () => {
    await mkdir(join(folder.path, 'empty'))
    await folder.write('notes.txt', 'x')
    await expect(folder.load(['nowhere'])).rejects.toThrow(
      'nowhere: expected a scenario file or folder, found nothing there; check the path',
    )
    await expect(folder.load(['empty'])).rejects.toThrow('empty: expected scenarios (*.yaml, *.yml or *.scenario.ts)')
    await expect(folder.load(['notes.txt'])).rejects.toThrow('notes.txt: expected *.yaml, *.yml or *.scenario.ts')
    await expect(folder.load([])).rejects.toThrow('expected the path of a scenario file or folder')
  })
})
