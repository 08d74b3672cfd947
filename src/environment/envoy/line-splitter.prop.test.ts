import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineSplitter } from './line-splitter.ts'

/** Splits `bytes` at the borders and gives what came out. */
function split(bytes: Buffer, borders: readonly number[], bytesMax?: number) {
  const lines: string[] = []
  let tooLong = 0
  const add = lineSplitter(
    (line) => lines.push(line),
    () => tooLong++,
    bytesMax,
  )
  const cuts = [0, ...borders.map((border) => border % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  for (const [index, from] of cuts.entries()) add(bytes.subarray(from, cuts[index + 1] ?? bytes.length))
  return { lines, tooLong }
}

const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '))

test('lines come out whole, in order, wherever the borders of chunks lie, also inside a character', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      line,
      fc.array(fc.nat(), { maxLength: 30 }),
      (lines, rest, borders) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + rest)
        // The last, unfinished line waits for more.
        expect(split(bytes, borders).lines).toEqual(lines)
      },
    ),
  )
})

test('a line above the limit is left out and told once; its neighbours come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (lengths, borders) => {
        const lines = lengths.map((length) => 'x'.repeat(length))
        const { lines: seen, tooLong } = split(Buffer.from(lines.map((text) => `${text}\n`).join('')), borders, 15)
        expect(seen).toEqual(lines.filter((text) => text.length <= 15))
        expect(tooLong).toBe(lines.filter((text) => text.length > 15).length)
      },
    ),
  )
})
