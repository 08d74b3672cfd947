// Lines are the same however the bytes are cut into chunks, and the same as a plain split of the text gives.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BadText, lineBytesMax, readLines } from './read-lines.ts'

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

async function read(body: AsyncIterable<Uint8Array>): Promise<(string | BadText)[]> {
  const all: (string | BadText)[] = []
  for await (const { first, texts } of readLines(body)) {
    expect(first).toBe(all.length + 1)
    all.push(...texts)
  }
  return all
}

const piece = fc.constantFrom('a', 'ü', '𝄞', '\n', '\r\n', '\n\n', '\u2028', '\r', ' ', '{"x":1}')
const sizes = fc.array(fc.integer({ min: 0, max: 5 }))

test('as a split of the text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece), sizes, async (pieces, chunks) => {
      const text = pieces.join('')
      const wanted = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
      if (text === '' || text.endsWith('\n')) wanted.pop()
      expect(await read(cut(Buffer.from(text), chunks))).toEqual(wanted)
    }),
  )
})

test('bytes that are no UTF-8 spoil only their line', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (chunks) => {
      const bytes = Buffer.concat([Buffer.from('ä\n'), Buffer.from([0xff, 0xfe]), Buffer.from('\nö\n')])
      expect(await read(cut(bytes, chunks))).toEqual(['ä', { bad: 'expected text in UTF-8, found other bytes' }, 'ö'])
    }),
  )
})

test('a mark at the beginning is no part of the first line', async () => {
  expect(await read(cut(Buffer.from('\ufeffa\n\ufeffb'), []))).toEqual(['a', '\ufeffb'])
})

test('a line beyond the limit spoils only itself', async () => {
  async function* long(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a\n')
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    for (let bytes = 0; bytes <= lineBytesMax; bytes += chunk.length) yield chunk
    yield Buffer.from('end\nb\n')
  }
  expect(await read(long())).toEqual(['a', { bad: expect.stringContaining('expected a line of at most') }, 'b'])
})
