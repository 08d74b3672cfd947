import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { pipelineHeadline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeAll(async () => {
  folder = await scenarioFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const scraps = ['- ', ': ', '{', '}', '[', ']', '*a', '\n', '  ', '1e999', '.nan', 'null', '"', 'settled', '0s', '-1']
const edit = fc.record({
  at: fc.nat(pipelineHeadline.length),
  cut: fc.nat(12),
  insert: fc.oneof(fc.string({ maxLength: 6, unit: 'binary' }), fc.constantFrom(...scraps)),
})

async function loadsOrExplains(text: string): Promise<void> {
  await folder.write('mesh/a.yaml', text)
  const outcome: unknown = await folder.load(['mesh/a.yaml']).catch((error: unknown) => error)
  if (Array.isArray(outcome) && outcome.length === 1) return
  if (!(outcome instanceof InputError)) throw new Error('expected an InputError', { cause: outcome })
  expect(outcome.message).toMatch(/^mesh\/a\.yaml[: ]/)
  expect(outcome.message).not.toMatch(/undefined|\[object|Invalid input|NaN|\n\s+at /)
  expect(outcome.message.split('\n').length).toBeLessThanOrEqual(11)
  expect(outcome.message.length).toBeLessThan(6000)
}

test('a scenario with slips of the pen loads or says what is wrong', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) =>
      loadsOrExplains(
        edits.reduce(
          (text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut),
          pipelineHeadline,
        ),
      ),
    ),
    { numRuns: 150 },
  )
}, 60_000)

test('any value in any place is one clear error or a scenario', async () => {
  const keys = ['pipeline', 'objects', 'operations', 'duration', 'settle', 'faults', 'expect', 'isolated', 'falseAlarm']
  const parts: Readonly<Record<string, string>> = {
    name: 'name: small',
    about: 'about: Small.',
    pipeline: 'pipeline: { config: ../config.yml }',
    duration: 'duration: 1s',
    expect: 'expect: [{ whole: {} }]',
  }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), (key, value) => {
      const { [key]: _, ...others } = parts
      return loadsOrExplains([...Object.values(others), `${key}: ${JSON.stringify(value)}`, ''].join('\n'))
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('any value in a place of an entry is one clear error or a scenario', async () => {
  const places: readonly (readonly [from: RegExp, key: string])[] = [
    [/ratePerSecond: 10\n/, 'ratePerSecond'],
    [/lines: 20\n/, 'lines'],
    [/prefix: "fast\/a\+b\/"\n/, 'prefix'],
    [/arrivals: .*\n/, 'arrivals'],
    [/until: 2500ms\n/, 'until'],
    [/asyncRetry: .*\n/, 'asyncRetry'],
    [/sink: .*\n/, 'sink'],
    [/settle: 30s\n/, 'settle'],
  ]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3 }), ([from, key], value) =>
      loadsOrExplains(pipelineHeadline.replace(from, () => `${key}: ${JSON.stringify(value)}\n`)),
    ),
    { numRuns: 150 },
  )
}, 60_000)
