// Exit codes 0, 1, 2 and 4 of the real command on the real Envoy. Several runs go on at once, because no expectation here
// is about time. Bad input (3) needs no Envoy and is in bad-input.test.ts.

import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'
import { plainRoute, smallDefinition, smallScenario, twoClusters } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const envoy = await ensureEnvoy()
const allFail = { name: 'all-fail', target: 'user-development', abort: { status: 503 } }

/** Scenarios of one case beside their definitions. */
function put(name: string, changes: object, definition: object = smallDefinition()): string {
  where.write(`${name}/book.json`, definition)
  where.write(`${name}/plain.json`, smallDefinition(plainRoute))
  return where.write(`${name}/a.yaml`, smallScenario({ name, ...changes }))
}

const reports = [
  'config.patch',
  'history.ndjson',
  'index.html',
  'junit.xml',
  'metrics.prom',
  'report.json',
  'summary.md',
]

describe.concurrent('verdicts', () => {
  test.for([
    ['pass', 'what passes', {}, 0, /passed .* passes|✓ passed {2}/],
    [
      'served-is-not-declared',
      'what is served allows retries, what is declared does not',
      { mesh: { definition: 'book.json', declared: 'plain.json' }, faults: [allFail], expect: [{ policy: {} }] },
      1,
      /attempts in served-is-not-declared/,
    ],
    [
      'declared-is-not-served',
      'what is declared allows retries, what is served does not',
      { mesh: { definition: 'plain.json', declared: 'book.json' }, faults: [allFail], expect: [{ policy: {} }] },
      1,
      /retry-missing in declared-is-not-served/,
    ],
    [
      'no-request',
      'a rate of nothing',
      { traffic: [{ request: { host: 'user' }, ratePerSecond: 0 }] },
      2,
      /no request was sent/,
    ],
    ['no-traffic', 'no traffic at all', { traffic: [] }, 2, /no request was sent/],
    [
      'fault-without-traffic',
      'a fault on a cluster that gets none',
      { faults: [{ name: 'aside', target: 'idle-development', abort: { status: 503 } }] },
      2,
      /fault "aside" never fired/,
    ],
  ] as const)('%s: %s', async ([name, , changes, code, says]) => {
    const end = await where.shaketable(['run', put(name, changes, twoClusters()), '--dir', `${name}/reports`])
    expect(end).toMatchObject({ code, signal: null })
    expect(end.stdout).toMatch(says)
    expect(end.stderr).not.toMatch(/^shaketable: |^\s+at /m)
    const folder = join(where.folder, name, 'reports', 'latest')
    expect(readdirSync(folder).toSorted()).toEqual(reports)
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toMatchObject({ exitCode: code })
  })
})

test('a folder in the place of `latest` is told, and the verdict stands', async () => {
  where.write('folder-latest/reports/latest/x', '')
  const end = await where.shaketable(['run', put('folder-latest', {}), '--dir', 'folder-latest/reports'])
  expect(end.code).toBe(0)
  expect(end.stdout).toMatch(/✓ passed/)
  expect(end.stderr).toMatch(/^warning: cannot write folder-latest\/reports\/latest: /m)
})

describe.concurrent('an environment that does not start: exit 4', () => {
  const calm = put('calm', {})
  const run = (name: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
    where.shaketable(['run', calm, '--dir', `${name}/reports`, ...args], { env })
  const nothingIn = (name: string) => expect(existsSync(join(where.folder, name))).toBe(false)

  test('the port for metrics is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    expectOneError(await run('taken', ['--metrics', String(port)]), 4, /metrics port \d+ .*the port is taken/)
    server.close()
    nothingIn('taken')
  })

  test('the run folder cannot be created', async () => {
    where.write('in-the-way', 'a file')
    expectOneError(await run('in-the-way'), 4, /cannot write in-the-way\/reports: .*\n {2}hint: .*--dir/)
  })

  test('there is no place for temporary files', async () => {
    expectOneError(await run('no-tmp', [], { TMPDIR: '/nonexistent' }), 4, /temporary folder: .*\n {2}hint: set TMPDIR/)
    nothingIn('no-tmp')
  })

  test.for([
    ['SHAKETABLE_ENVOY', [], { SHAKETABLE_ENVOY: '/bin/echo' }],
    ['--envoy', ['--envoy', '/bin/echo'], {}],
  ] as const)('%s is no Envoy', async ([what, args, env]) => {
    const message = new RegExp(`${what}[ =]/bin/echo: .--version. of an Envoy expected`)
    expectOneError(await run('no-envoy', args, env), 4, message)
    nothingIn('no-envoy')
  })

  test('there is no python3 to fetch Envoy with', async () => {
    symlinkSync(process.execPath, join(where.folder, 'node'))
    const env = { PATH: where.folder, SHAKETABLE_CACHE: join(where.folder, 'empty-cache') }
    expectOneError(
      await run('no-python', [], env),
      4,
      /python3 not found\n(.*\n)* {2}hint: apt-get install python3 python3-pip/,
    )
    nothingIn('no-python')
    const left = readdirSync(join(where.folder, 'empty-cache', 'shaketable'))
    expect(left).toEqual([])
  })

  // Our schema accepts nothing that Envoy 1.40.0 refuses, as far as we know; so what it is served is spoilt on the way.
  test('Envoy rejects what it is served', async () => {
    const spoil = `for (const name of fs.readdirSync(folder)) {
      const file = folder + '/' + name
      const text = fs.readFileSync(file, 'utf8').replaceAll('"0.250s"', '"-1s"').replaceAll('"0.25s"', '"-1s"')
      fs.writeFileSync(file, text)
    }`
    const program = `const fs = require('fs'); const folder = 'objects/v3/discovery/clusters'; ${spoil}`
    const script = where.write(
      'spoiling-envoy',
      `#!/bin/sh\ncase "$*" in *egress*) '${process.execPath}' -e "${program.replaceAll('"', '\\"')}" ;; esac\nexec '${envoy.path}' "$@"\n`,
    )
    chmodSync(script, 0o755)
    expectOneError(
      await run('rejected', ['--envoy', script]),
      4,
      /refused the clusters that it was served.*\n.*user-development: Invalid duration: Expected positive duration/,
    )
    nothingIn('rejected')
  })
})

test('after all of these nothing is left', () => {
  expect(leftovers(where)).toEqual(nothing)
})
