// What a user can get wrong with a log pipeline, in its config, its handler or its scenarios: each time one clear error that
// names the place and the remedy, exit code 3, nothing on stdout and no run folder. All of it is said before anything is
// started; where something were, it would show, because there is no Python to start it with.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../main.ts'
import { inProcess } from './pipeline/test-pipeline.ts'
import { putSmallPipeline, smallConfig, smallObjects, smallPipelineScenario } from './test-pipeline-scenario.ts'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const env = { PATH: '/nonexistent', SHAKETABLE_CACHE: join(where.folder, 'cache') }
const reports = join(where.folder, 'reports')
const run = (path: string) => inProcess(main, ['run', path, '--dir', reports], env)

let number = 0
const put = (parts: Parameters<typeof putSmallPipeline>[1]) =>
  putSmallPipeline(where, { folder: `case-${++number}`, ...parts })

const scenario = (changes: Readonly<Record<string, unknown>>) => put({ scenario: smallPipelineScenario(changes) })
const config = (changes: Readonly<Record<string, unknown>>) => put({ config: smallConfig(changes) })
const objects = (...changes: readonly Readonly<Record<string, unknown>>[]) =>
  scenario({ objects: changes.map(smallObjects) })
const fault = (changes: Readonly<Record<string, unknown>>) => scenario({ faults: [{ name: 'a-fault', ...changes }] })
const expecting = (expectation: object) => scenario({ expect: [expectation] })
const handler = (text: string) => put({ handler: text })

type Case = readonly [what: string, path: () => string, message: RegExp]

const inConfig: readonly Case[] = [
  [
    'a misspelt key',
    () => config({ handlr: {} }),
    /config\.yml:\d+:\d+ \(\/handlr\): expected a known key, found "handlr"; did you mean "handler"\?/,
  ],
  [
    'no config',
    () => scenario({ pipeline: { config: '../pipeline/confg.yml' } }),
    /a\.yaml:\d+:\d+ \(\/pipeline\/config\): expected a file at .*confg\.yml, found none; did you mean config\.yml\?/,
  ],
  [
    'a folder for a config',
    () => scenario({ pipeline: { config: '../pipeline' } }),
    /\(\/pipeline\/config\): expected a file at .*, found a folder/,
  ],
  [
    'no YAML',
    () => put({ config: Buffer.from('stack_name: [\n') }),
    /config\.yml:\d+:\d+: expected YAML, found a mistake/,
  ],
  [
    'bytes that are no text',
    () => put({ config: Buffer.from([0x73, 0xff, 0xfe]) }),
    /config\.yml: expected text in UTF-8/,
  ],
  [
    'an unknown format',
    () => config({ bucket_mapping: { 'small-logs': [{ format: ['s3-lines', 'jsn'] }] } }),
    /config\.yml:\d+:\d+ \(\/bucket_mapping\/small-logs\/0\/format\/1\): .*found "jsn"; did you mean "json"\?/,
  ],
  [
    'no handler',
    () => config({ handler: { path: 'handle.ts' } }),
    /config\.yml:\d+:\d+ \(\/handler\/path\): expected a file, found nothing at .*handle\.ts/,
  ],
  [
    'an ARN of another kind',
    () => config({ backend: { ...smallConfig().backend, role_arn: { drain: 'arn:aws:iam::1:user/me' } } }),
    /\(\/backend\/role_arn\/drain\): expected an ARN like arn:aws:iam::ACCOUNT:role\/ROLE/,
  ],
  [
    'one stream for both lanes',
    () => {
      const stream = 'arn:aws:kinesis:eu-west-1:123456789012:stream/logs'
      const streams = { kinesis_stream_fast_arn: stream, kinesis_stream_slow_arn: stream }
      return config({ backend: { ...smallConfig().backend, ...streams } })
    },
    /\(\/backend\/kinesis_stream_slow_arn\): expected another stream than the one of the fast lane/,
  ],
  [
    'dead letters into the topic of objects',
    () => config({ backend: { ...smallConfig().backend, dlq_sns_arn: smallConfig().backend.sns_topics[0]?.arn } }),
    /\(\/backend\/dlq_sns_arn\): expected another topic than those that announce objects/,
  ],
  [
    'a variable without a value',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the config's own notation
    () => config({ handler: { path: 'handler.ts', args: { url: '${SINK_URL}', more: ['x', '${SINK_ULR}'] } } }),
    /config\.yml:\d+:\d+ \(\/handler\/args\/more\/1\): .*found \$\{SINK_ULR\}; did you mean "SINK_URL"\?/,
  ],
  [
    'a handler that is not told its downstream',
    () => config({ handler: { path: 'handler.ts', args: { url: 'http://localhost' } } }),
    /config\.yml:\d+:\d+ \(\/handler\/args\): expected \$\{SINK_URL\} in one of the arguments, found none/,
  ],
  [
    'an environment that is too large',
    () => {
      const rules = Array.from({ length: 60 }, (_, index) => ({
        prefix: `${index}-${'x'.repeat(60)}`,
        format: ['s3-lines'],
      }))
      return config({ bucket_mapping: { 'small-logs': [...smallConfig().bucket_mapping['small-logs'], ...rules] } })
    },
    /config\.yml: expected an environment of at most 4096 bytes for the function main .*found about \d+; make bucket_mapping/,
  ],
]

const inHandler: readonly Case[] = [
  [
    'no TypeScript',
    () => handler('export default () => {\n  )\n}'),
    /handler\.ts:2:3: expected a handler that loads, found: /,
  ],
  [
    'one that throws when it is loaded',
    () => handler('const a = 1\nthrow new Error("not today " + a)\n'),
    /handler\.ts:2:\d+: expected a handler that loads, found: Error: not today 1/,
  ],
  ['no default export', () => handler('export const handler = () => ({})\n'), /handler\.ts: expected a default export/],
  ['an object instead of a function', () => handler('export default { recv() {} }\n'), /handler\.ts: .*found object/],
  [
    'a handler without recv',
    () => handler('export default () => ({ receive() {} })\n'),
    /handler\.ts: expected a handler with a function recv, found none/,
  ],
  [
    'a package that is not there',
    () => handler("import x from 'no-such-package'\nexport default () => x\n"),
    /handler\.ts:1:\d+: expected a handler that loads, found: .*no-such-package/,
  ],
  ['one that ends the process', () => handler('process.exit(0)\n'), /handler\.ts: .*it ended the process/],
]

const inScenario: readonly Case[] = [
  [
    'a misspelt key',
    () => scenario({ pipeline: { config: '../pipeline/config.yml', shard: 2 } }),
    /a\.yaml:\d+:\d+ \(\/pipeline\/shard\): .*did you mean "shards"\?/,
  ],
  [
    'objects of a bucket without a format',
    () => objects({ bucket: 'small-log' }),
    /a\.yaml:\d+:\d+ \(\/objects\/0\/format\): expected format json in bucket_mapping of .*config\.yml for small-log\/fast\/, found no format/,
  ],
  [
    'objects of another format',
    () => objects({ format: 'g-suite-login' }),
    /\(\/objects\/0\/format\): expected format g-suite-login .*, found s3-lines, json/,
  ],
  [
    'a format that cannot be made',
    () => objects({ format: 'jsonn' }),
    /\(\/objects\/0\/format\): expected one of .*, found "jsonn"; did you mean "json"\?/,
  ],
  [
    'poison in lines that are taken as they are',
    () => objects({ prefix: 'text/', format: 's3-lines', poisonRatio: 0.1 }),
    /\(\/objects\/0\): poisonRatio has no meaning for s3-lines/,
  ],
  [
    'a broken gzip of plain files',
    () => objects({ unreadableRatio: 0.5 }),
    /\(\/objects\/0\/unreadableRatio\): expected gzip: true/,
  ],
  ['a suffix that promises gzip', () => objects({ suffix: '.gz' }), /\(\/objects\/0\): suffix ".gz" promises gzip/],
  [
    'one prefix twice',
    () => objects({}, { lines: 1 }),
    /\(\/objects\/1\/prefix\): expected a prefix of its own, found one used before/,
  ],
  [
    'objects after the end',
    () => objects({ until: '3s' }),
    /\(\/objects\/0\/until\): expected an end within the duration of 1\.00 s, found 3\.00 s/,
  ],
  [
    'objects before the beginning',
    () => objects({ from: '1s' }),
    /\(\/objects\/0\/from\): expected a begin before the end/,
  ],
  [
    'more lines than a run can carry',
    () => objects({ lines: 2_000_000 }),
    /\(\/objects\): expected at most 5000000 lines/,
  ],
  [
    'a fault at a misspelt function',
    () => fault({ target: 'mai', crash: { when: 'before' } }),
    /\(\/faults\/0\/target\): .*found "mai"; did you mean "main"\?/,
  ],
  [
    'a fault at a misspelt call',
    () => fault({ target: 'main/s3.GetObjet', abort: { status: 503 } }),
    /\(\/faults\/0\/target\): .*found "main\/s3\.GetObjet"; did you mean "s3\.GetObject"\?/,
  ],
  [
    'a fault that cannot have this target',
    () => fault({ target: 'main', 'partial-failure': {} }),
    /\(\/faults\/0\/target\): expected .* for partial-failure, found "main"/,
  ],
  ['a cluster as a target', () => fault({ target: 'user-development', abort: {} }), /\(\/faults\/0\/(?:target|abort)/],
  [
    'a host of a function',
    () => fault({ target: 'main', host: 1, crash: { when: 'before' } }),
    /\(\/faults\/0\/host\): expected no host in a pipeline, found 1/,
  ],
  [
    "a mesh's fault",
    () => fault({ target: 'emulator', kill: {} }),
    /\(\/faults\/0\/kill\): expected a fault for pipelines, found kill, which acts on meshes only; known: .*crash/,
  ],
  [
    "a mesh's check",
    () => expecting({ policy: {} }),
    /\(\/expect\/0\/policy\): expected a check of pipelines, found policy, which judges meshes only; known: .*nothing-lost/,
  ],
  [
    'a freeze beyond the load',
    () => fault({ target: 'emulator', until: '3s', freeze: {} }),
    /\(\/faults\/0\/until\): expected an end within the duration of 1\.00 s, found 3\.00 s/,
  ],
  [
    'a name of two faults',
    () => {
      const one = { name: 'twice', target: 'main', crash: { when: 'before' } }
      return scenario({ faults: [one, one] })
    },
    /\(\/faults\/1\/name\): expected a name of its own, found "twice" once more/,
  ],
  [
    'operations out of order',
    () =>
      scenario({
        operations: [
          { when: '800ms', drain: {} },
          { when: '200ms', drain: {} },
        ],
      }),
    /\(\/operations\/1\/when\): expected a time not before 800 ms, found 200 ms/,
  ],
  [
    'an operation after all is settled',
    () =>
      scenario({
        operations: [
          { when: 'settled', drain: {} },
          { when: '200ms', drain: {} },
        ],
      }),
    /\(\/operations\/1\/when\): expected settled, as the one before, found 200 ms/,
  ],
  [
    'an operation after the end',
    () => scenario({ operations: [{ when: '3s', drain: {} }] }),
    /\(\/operations\/0\/when\): expected a time within the duration of 1\.00 s, or settled, found 3\.00 s/,
  ],
  [
    'a limit of nothing',
    () => scenario({ operations: [{ when: 'settled', limit: { lane: 'slow' } }] }),
    /\(\/operations\/0\/limit\): expected delay or batchSize/,
  ],
  [
    'a lane that is none',
    () => scenario({ operations: [{ when: 'settled', limit: { lane: 'slo', batchSize: 1 } }] }),
    /\(\/operations\/0\/limit\/lane\): .*found "slo"; did you mean "slow"\?/,
  ],
  [
    'settings that a check does not take',
    () => expecting({ freshness: { fast: 'soon' } }),
    /\(\/expect\/0\/freshness\/fast\): expected .*, found "soon"/,
  ],
  [
    'a check of a lane without it',
    () => expecting({ steady: {} }),
    /\(\/expect\/0\/steady\): expected lane: .*, found no lane/,
  ],
  [
    'a fault that a check names and that is not there',
    () => expecting({ 'every-fault': { fault: 'single' } }),
    /\(\/expect\/0\/every-fault\/fault\): expected the name of a fault of this scenario, found "single"/,
  ],
  [
    'a config among the scenarios',
    () => where.write('misplaced/config.yml', smallConfig()),
    /config\.yml: expected a scenario, found a pipeline's config; keep it outside/,
  ],
]

const inMesh: readonly Case[] = [
  [
    "a pipeline's fault",
    () => mesh({ faults: [{ name: 'a-fault', target: 'user-development', crash: { when: 'before' } }] }),
    /\(\/faults\/0\/crash\): expected a fault for meshes, found crash, which acts on pipelines only; known: abort/,
  ],
  [
    "a pipeline's check",
    () => mesh({ expect: [{ 'nothing-lost': {} }] }),
    /\(\/expect\/0\/nothing-lost\): expected a check of meshes, found nothing-lost, which judges pipelines only; known: policy/,
  ],
  ['objects', () => mesh({ objects: [smallObjects()] }), /\(\/objects\): expected a known key, found "objects"/],
]

function mesh(changes: Readonly<Record<string, unknown>>): string {
  where.write(`case-${++number}/book.json`, smallDefinition())
  return where.write(`case-${number}/a.yaml`, smallScenario(changes))
}

describe.each([
  ['config', inConfig],
  ['handler', inHandler],
  ['scenario of a pipeline', inScenario],
  ['scenario of a mesh', inMesh],
] as const)('%s', (_name, cases) => {
  test.each(cases)('%s', async (_what, path, message) => {
    expectOneError(await run(path()), 3, message)
    expect(existsSync(reports)).toBe(false)
  })
})

test('several mistakes in several files come together', async () => {
  const first = put({
    folder: 'several',
    scenario: smallPipelineScenario({ objects: [smallObjects({ until: '3s' })] }),
  })
  where.write(
    'several/scenarios/b.yaml',
    smallPipelineScenario({ name: 'other', faults: [{ name: 'x', target: 'mai', freeze: {} }] }),
  )
  const { code, stderr } = await run(join(first, '..'))
  expect(code).toBe(3)
  expect(stderr).toMatch(
    /^shaketable: .*a\.yaml:\d+:\d+ \(\/objects\/0\/until\).*\n.*b\.yaml:\d+:\d+ \(\/faults\/0\/target\)/,
  )
})

test('the same from the command line, and nothing is left', { timeout: 30_000 }, async () => {
  using here = playground()
  const bad = putSmallPipeline(here, { folder: 'bad', config: smallConfig({ handlr: {} }) })
  const good = putSmallPipeline(here, { folder: 'good' })
  const noPython = { PATH: '/nonexistent', SHAKETABLE_CACHE: join(here.folder, 'cache') }
  const [wrong, right] = await Promise.all([
    here.shaketable(['run', bad]),
    here.shaketable(['run', good], { env: noPython }),
  ])
  expectOneError(wrong, 3, /config\.yml:\d+:\d+ \(\/handlr\)/)
  // Nothing was wrong with it, so it goes on to where there is no Python.
  expectOneError(right, 4, /python3/)
  expect(existsSync(join(here.folder, 'reports'))).toBe(false)
  expect(leftovers(here)).toEqual(nothing)
})
