import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultRecord, ObjectsRecord, PipelineScenario } from '../core/scenario-record.ts'
import { syntheticFault } from '../core/synthetic-history.ts'
import { syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { pipelineProblems } from './pipeline-problems.ts'
import { smallConfig } from './test-pipeline-scenario.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipeline-problems-'))
  await writeFile(join(folder, 'handler.ts'), 'export default () => ({ recv() {} })')
  const dropped = { bucket: 'small-logs', prefix: 'ignored/', dest: 'drop' }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(smallConfig({ routing: [dropped] })))
})
afterAll(() => rm(folder, { recursive: true }))

const [some] = syntheticPipelineScenario().pipeline.objects
const objects = (changes: Partial<ObjectsRecord> = {}): ObjectsRecord => {
  if (some === undefined) throw new Error('a scenario with objects was expected')
  return { ...some, bucket: 'small-logs', ...changes }
}
const problems = (changes: Partial<Omit<PipelineScenario, 'pipeline'>>, ...given: readonly ObjectsRecord[]) =>
  pipelineProblems(
    syntheticPipelineScenario({ ...changes, pipeline: { config: join(folder, 'config.yml'), objects: given } }),
  )

describe('objects', () => {
  test('of the format that the config has for them', async () => {
    expect(await problems({}, objects(), objects({ prefix: 'text/', format: 's3-lines' }))).toEqual([])
  })

  test.each([
    [
      'of another format',
      objects({ format: 'g-suite-login' }),
      /^expected format g-suite-login .*small-logs\/app\/, found s3-lines, json$/,
    ],
    ['whose longest prefix has another', objects({ prefix: 'text/' }), /^expected format json .*, found s3-lines$/],
    ['of a bucket without any', objects({ bucket: 'other-logs' }), /found no format$/],
  ])('%s', async (_what, one, text) => {
    const found = await problems({}, objects({ prefix: 'good/' }), one)
    expect(found).toEqual([{ path: ['objects', 1, 'format'], text: expect.stringMatching(text) }])
  })

  test('that are dropped may be of any', async () => {
    expect(await problems({}, objects({ prefix: 'ignored/', format: 'g-suite-login' }))).toEqual([])
  })

  test('that cannot be made', async () => {
    expect(await problems({}, objects({ suffix: '.gz' }))).toEqual([
      { path: ['objects', 0], text: expect.stringContaining('promises gzip') },
    ])
  })

  test('with one prefix twice, unless their ends differ', async () => {
    const text = 'expected a prefix of its own, found one used before'
    expect(await problems({}, objects(), objects())).toEqual([{ path: ['objects', 1, 'prefix'], text }])
    expect(await problems({}, objects(), objects({ suffix: '.txt' }))).toEqual([])
  })
})

describe('faults', () => {
  const crash = (changes: Partial<FaultRecord> = {}) => syntheticFault({ kind: 'crash', target: 'main', ...changes })

  test('that can have their target', async () => {
    expect(await problems({ faults: [crash(), crash({ target: 'dispatcher' })] }, objects())).toEqual([])
  })

  test('that aim at nothing, and at a host', async () => {
    expect(await problems({ faults: [crash({ target: 'mai' }), crash({ host: 2 })] }, objects())).toEqual([
      { path: ['faults', 0, 'target'], text: expect.stringMatching(/found "mai"; did you mean "main"\?$/) },
      { path: ['faults', 1, 'host'], text: 'expected no host in a pipeline, found 2' },
    ])
  })
})

test('a config that is not right is an error of its own', async () => {
  await writeFile(join(folder, 'wrong.yml'), JSON.stringify(smallConfig({ handler: { path: 'handler.ts' } })))
  const scenario = syntheticPipelineScenario({ pipeline: { config: join(folder, 'wrong.yml') } })
  await expect(pipelineProblems(scenario)).rejects.toThrow(
    /wrong\.yml:\d+:\d+ \(\/handler\/args\): expected \$\{SINK_URL\}/,
  )
})
