// What a user can get wrong, given to the real command: each time one clear error that names the place and the remedy,
// exit code 3, nothing on stdout and nothing left. No Envoy is needed for any of it.

import { dirname as folderOf } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { randomStream } from '../core/random.ts'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

/** Nothing that a parser could take for text. */
function noise(name: string, bytes = 1_000_000): Buffer {
  const draw = randomStream('noise', name)
  return Buffer.from(Uint8Array.from({ length: bytes }, () => draw() * 256))
}

/** A folder of its own for one case: a scenario beside its definition. */
function put(
  folder: string,
  {
    scenario = smallScenario(),
    definition = smallDefinition(),
  }: { scenario?: object | Buffer; definition?: object | Buffer },
): string {
  where.write(`${folder}/book.json`, definition)
  return where.write(`${folder}/a.yaml`, scenario)
}

const halfAPolicy = smallDefinition({ prefix: '/', timeout_ms: 1000, retry_policy: { retry_on: '5xx' } })
// Written once: the cases run side by side, and one must not read what another is writing.
const calmFolder = put('calm', {})
const calm = () => calmFolder

const cases: readonly (readonly [what: string, args: () => readonly string[], message: RegExp])[] = [
  [
    'a misspelt key',
    () => ['run', put('misspelt', { scenario: { ...smallScenario(), trafic: [] } })],
    /a\.yaml:\d+:\d+ \(\/trafic\): .*did you mean "traffic"/,
  ],
  ['a file that is not there', () => ['run', 'nowhere/a.yaml'], /nowhere\/a\.yaml: .*found nothing there/],
  [
    'a definition that is not there',
    () => ['run', where.write('lost/a.yaml', smallScenario({ mesh: { definition: 'lost.json' } }))],
    /lost\/a\.yaml:\d+:\d+ \(\/mesh\/definition\): .*lost\.json/,
  ],
  [
    'half a retry policy',
    () => ['run', put('half', { definition: halfAPolicy })],
    /book\.json:\d+:\d+ \(\/dependencies\/0\/routes\/0\/retry_policy.*num_retries/,
  ],
  ['random bytes as a scenario', () => ['run', put('noise-1', { scenario: noise('scenario') })], /a\.yaml/],
  ['random bytes as a definition', () => ['run', put('noise-2', { definition: noise('definition') })], /book\.json/],
  ['random bytes to compile', () => ['compile', where.write('noise-3.yaml', noise('yaml'))], /noise-3\.yaml/],
  [
    'random bytes as a history',
    () => ['judge', folderOf(where.write('noise-4/history.ndjson', noise('history')))],
    /history\.ndjson:1: a JSON object expected/,
  ],
  [
    'a folder without scenarios',
    () => ['run', folderOf(where.write('empty/notes.txt', 'none'))],
    /^shaketable: \S+\/empty: .*found none/,
  ],
  ['no folder scenarios/', () => ['run'], /no folder scenarios\/ here.*\n.*npx shaketable run \S+\/scenarios$/m],
  ['an unknown flag', () => ['run', '--sed', '7'], /unknown option '--sed'\n\(Did you mean --seed\?\)/],
  ['an unknown command', () => ['judgee', 'x'], /unknown command 'judgee'\n\(Did you mean judge\?\)/],
  ['a missing argument', () => ['judge'], /missing required argument 'run-folder'/],
  [
    'an unknown form',
    () => ['judge', 'x', '-o', 'xml'],
    /'xml' is invalid\. Allowed choices are text, json, junit, markdown/,
  ],
  ['a pattern that is none', () => ['run', calm(), '--grep', '('], /--grep: expected a regular expression/],
  ['a pattern that matches nothing', () => ['run', calm(), '--grep', 'storm'], /--grep: .*found none among calm/],
  ['a shard that is none', () => ['run', calm(), '--shard', '3/2'], /--shard "3\/2": expected i\/n/],
  ['a shard without scenarios', () => ['run', calm(), '--shard', '2/2'], /--shard 2\/2: .*only 1 scenario/],
  ['a port that is none', () => ['run', calm(), '--metrics', '70000'], /'70000' is invalid\. Expected a port/],
  ['an Envoy that is not pinned', () => ['run', calm(), '--envoy', '0.9.0'], /Envoy 0\.9\.0 is not pinned here/],
  ['an Envoy that is not pinned, for setup', () => ['setup', '--envoy', '0.9.0'], /Envoy 0\.9\.0 is not pinned here/],
  ['a run folder without a history', () => ['judge', '.'], /^shaketable: \.: no history\.ndjson/],
  [
    'a history of a newer format',
    () => ['judge', folderOf(where.write('newer/history.ndjson', '{"format":2}\n'))],
    /history\.ndjson:1.*format 2/,
  ],
  ['an empty history', () => ['judge', folderOf(where.write('torn/history.ndjson', ''))], /the file is empty/],
  [
    'a node with a slash',
    () => ['compile', where.write('book.json', smallDefinition()), '--node', 'a/b'],
    /--node "a\/b"/,
  ],
]

describe.concurrent('one error, exit 3, nothing left', { timeout: 30_000 }, () => {
  test.for(cases)('%s', async ([, args, message]) => {
    expectOneError(await where.shaketable(args()), 3, message)
  })
})

test('after all of these', () => {
  expect(leftovers(where)).toEqual(nothing)
})

test('asking for help or the version is no mistake', { timeout: 30_000 }, async () => {
  const [help, version] = await Promise.all([where.shaketable(['run', '--help']), where.shaketable(['--version'])])
  expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--shard <i/n>') })
  expect(version).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})
