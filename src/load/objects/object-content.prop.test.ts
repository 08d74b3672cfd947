import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ObjectsRecord } from '../../core/scenario-record.ts'
import { contentFormats } from './line-text.ts'
import { objectContent } from './object-content.ts'
import { source } from './test-source.ts'

const sources: fc.Arbitrary<ObjectsRecord> = fc
  .record({
    format: fc.constantFrom(...contentFormats),
    lines: fc.nat(200),
    lineBytes: fc.oneof(fc.constant(0), fc.nat(700)),
    gzip: fc.boolean(),
    equalTexts: fc.boolean(),
    poisonRatio: fc.constantFrom(0, 0.01, 0.3, 1),
    unreadableRatio: fc.constantFrom(0, 0.5, 1),
  })
  .map((changes) =>
    source({
      ...changes,
      suffix: changes.gzip ? '.gz' : '',
      poisonRatio: changes.format === 's3-lines' ? 0 : changes.poisonRatio,
      unreadableRatio: changes.gzip ? changes.unreadableRatio : 0,
    }),
  )
const seeds = fc.string()

test('the same seed gives the same bytes, another one others', async () => {
  await fc.assert(
    fc.asyncProperty(sources, fc.nat(1000), async (record, index) => {
      const [one, again, other] = await Promise.all(
        ['a', 'a', 'b'].map((seed) => objectContent(seed, 'x', record, index).body()),
      )
      expect(one).toEqual(again)
      if (record.lines > 0 && record.unreadableRatio === 0) expect(one).not.toEqual(other)
    }),
    { numRuns: 60 },
  )
})

test('poison is ascending, apart, within the object, and exactly what JSON cannot read', () => {
  fc.assert(
    fc.property(sources, fc.nat(1000), (record, index) => {
      const content = objectContent('seed', 'x', record, index)
      let previous = -1
      for (const { first, last } of content.poison) {
        expect(first).toBeGreaterThan(previous + 1)
        expect(last).toBeGreaterThanOrEqual(first)
        previous = last
      }
      expect(previous).toBeLessThanOrEqual(record.lines)
      for (let line = 1; line <= record.lines; line++) {
        const isPoison = content.poison.some(({ first, last }) => first <= line && line <= last)
        const text = content.messageOf(line)
        expect(text).not.toContain('\n')
        if (isPoison) expect(() => JSON.parse(text)).toThrow(SyntaxError)
        else if (record.format !== 's3-lines') expect(JSON.parse(text)).toBeTypeOf('object')
      }
    }),
  )
})

test('what is told unreadable is, and what is not can be read to the last byte', async () => {
  await fc.assert(
    fc.asyncProperty(sources, fc.nat(1000), async (record, index) => {
      if (!record.gzip) return
      const content = objectContent('seed', 'x', record, index)
      const body = (await content.body()) as Uint8Array
      if (content.unreadable) expect(() => gunzipSync(body)).toThrow()
      else expect(gunzipSync(body).toString().split('\n').length - 1).toBe(record.lines)
    }),
    { numRuns: 300 },
  )
})

test('ratios are met', () => {
  const count = 20_000
  const poison = objectContent('seed', 'x', source({ format: 'json', lines: count, poisonRatio: 0.1 }), 0).poison
  const lines = poison.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  // Six standard deviations; the seed is fixed, so this either always holds or never.
  expect(Math.abs(lines - count * 0.1)).toBeLessThan(6 * Math.sqrt(count * 0.1 * 0.9))
  const broken = source({ gzip: true, suffix: '.gz', unreadableRatio: 0.5 })
  const unreadable = Array.from({ length: 1000 }, (_, index) => objectContent('seed', 'x', broken, index).unreadable)
  expect(Math.abs(unreadable.filter(Boolean).length - 500)).toBeLessThan(95)
})

test('padding makes lines about as long as asked for', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 400, max: 200_000 }), (seed, lineBytes) => {
      const bytes = Buffer.byteLength(objectContent(seed, 'x', source({ lineBytes }), 0).messageOf(3))
      expect(Math.abs(bytes - lineBytes)).toBeLessThan(16)
    }),
  )
})
