import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readLines } from './log-lines.ts'

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  const closed = once(stream, 'close')
  stream.end()
  await closed
  return lines
}

test('lines are put together across chunks, also in the middle of a character', async () => {
  const umlaut = Buffer.from('ü')
  expect(await linesOf('a', 'b\nc', umlaut.subarray(0, 1), umlaut.subarray(1), '\r\n\nlast')).toEqual([
    'ab',
    'cü',
    'last',
  ])
})

test('a line without an end cannot fill the memory', async () => {
  const lines = await linesOf('x'.repeat(200_000))
  expect(lines.map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 3392])
})
