import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { knownKeysAt, scenarioJsonSchema, scenarioJsonSchemaText, writeScenarioJsonSchema } from './json-schema.ts'
import { sampleRegistry } from './registry.sample.ts'

const schema = scenarioJsonSchema(sampleRegistry, 'mesh')

test('describes what a file contains, before it is parsed', () => {
  expect(schema).toMatchObject({
    title: 'Shaketable scenario',
    type: 'object',
    required: ['name', 'about', 'mesh', 'duration', 'expect'],
    additionalProperties: false,
    properties: {
      duration: { type: 'string', pattern: expect.any(String), description: 'How long load is sent.' },
      traffic: { items: { properties: { timeout: { type: 'string', default: '10s' } } } },
      upstreams: { additionalProperties: { properties: { hosts: { type: 'integer', minimum: 1, maximum: 9 } } } },
    },
  })
})

test('holds the registered kinds with their own schemas', () => {
  expect(schema).toMatchObject({
    properties: {
      faults: {
        items: {
          required: ['name', 'target'],
          oneOf: [{ required: ['abort'] }, { required: ['kill'] }, { required: ['push'] }],
          properties: {
            abort: {
              description: 'Answers with a status instead of the upstream.',
              properties: { status: { minimum: 200 } },
            },
          },
        },
      },
      expect: {
        items: { minProperties: 1, maxProperties: 1, properties: { policy: { additionalProperties: false } } },
      },
    },
  })
})

test('knows the keys of every place', () => {
  expect(knownKeysAt(schema, ['mesh'])).toEqual([
    ...['definition', 'xds', 'controlPlane', 'envoy', 'configDump', 'node', 'store', 'declared', 'stubs'],
  ])
  expect(knownKeysAt(schema, ['upstreams', 'any-name', 'serviceTime'])).toEqual(['p50', 'p99'])
  expect(knownKeysAt(schema, ['traffic', 3, 'arrivals'])).toEqual(['ramp', 'step'])
  expect(knownKeysAt(schema, ['traffic', 0, 'request', 'headers'])).toEqual([])
  expect(knownKeysAt(schema, ['nowhere', 'at', 'all'])).toEqual([])
})

test('is written as it is compared', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'schema-'))
  try {
    const file = join(folder, 'scenario.schema.json')
    await writeScenarioJsonSchema(sampleRegistry, file)
    const text = await readFile(file, 'utf8')
    expect(text).toBe(scenarioJsonSchemaText(sampleRegistry))
    const { $schema: _, ...mesh } = schema
    expect(JSON.parse(text).else).toEqual(JSON.parse(JSON.stringify(mesh)))
    expect(JSON.parse(text).then.properties.pipeline.properties).toHaveProperty('config')
  } finally {
    await rm(folder, { recursive: true })
  }
})
