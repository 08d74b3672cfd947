// Cuts a stream of bytes into lines, with a limit: a line longer than 64 KiB is given in pieces, so that a process which
// never ends its line cannot fill our memory.

import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

const lineCharactersMax = 65_536

/** Calls `onLine` for each line without its end, also for a last one that has none; empty lines are left out. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let unread = ''
  const give = (line: string): void => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (text !== '') onLine(text)
  }
  stream.on('data', (chunk: Buffer) => {
    const lines = (unread + decoder.write(chunk)).split('\n')
    unread = lines.pop() ?? ''
    for (const line of lines) give(line)
    while (unread.length > lineCharactersMax) {
      give(unread.slice(0, lineCharactersMax))
      unread = unread.slice(lineCharactersMax)
    }
  })
  stream.once('close', () => {
    give(unread + decoder.end())
    unread = ''
  })
  stream.on('error', () => undefined)
}
