import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { headline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeAll(async () => {
  folder = await scenarioFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const position = fc.nat(headline.length)
const scrap = fc.oneof(
  fc.string({ maxLength: 6, unit: 'binary' }),
  fc.constantFrom(
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '!!x ',
    '\n',
    '  ',
    '1e999',
    '.nan',
    'null',
    '~',
    '"',
    '|',
    '---\n',
  ),
)
const edit = fc.record({ at: position, cut: fc.nat(12), insert: scrap })

async function loadsOrExplains(content: string | Uint8Array): Promise<void> {
  await folder.write('mesh/a.yaml', content)
  const outcome: unknown = await folder.load(['mesh/a.yaml']).catch((error: unknown) => error)
  if (Array.isArray(outcome) && outcome.length === 1) return
  if (!(outcome instanceof InputError)) throw new Error('expected an InputError', { cause: outcome })
  expect(outcome.message).toMatch(/^mesh\/a\.yaml[: ]/)
  expect(outcome.message).not.toMatch(/undefined|\[object|Invalid input|\n\s+at /)
  expect(outcome.message.split('\n').length).toBeLessThanOrEqual(11)
  expect(outcome.message.length).toBeLessThan(6000)
}

test('a scenario with slips of the pen loads or says what is wrong', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) =>
      loadsOrExplains(
        edits.reduce((text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut), headline),
      ),
    ),
    { numRuns: 150 },
  )
}, 60_000)

test('any bytes at all are one clear error', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), loadsOrExplains), { numRuns: 100 })
}, 60_000)

test('any value in any place is one clear error or a scenario', async () => {
  const keys = ['name', 'mesh', 'upstreams', 'traffic', 'duration', 'faults', 'expect', 'isolated', 'falseAlarm']
  const lines = headline.split('\n')
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), (key, value) => {
      const kept = lines.filter((line) => !line.startsWith(' ') && !line.startsWith(`${key}:`) && !/^\w+:$/.test(line))
      const others = ['mesh: { definition: ../book.yaml }', 'expect: [{ policy: {} }]'].filter(
        (line) => !line.startsWith(key),
      )
      return loadsOrExplains([...kept, ...others, `${key}: ${JSON.stringify(value)}`, ''].join('\n'))
    }),
    { numRuns: 150 },
  )
}, 60_000)
