// Splits a byte stream into lines, whatever the borders of its chunks; the last, unfinished line waits for more. A line
// beyond the limit is left out and told, so that a process which never ends its line cannot fill our memory.

const lineBytesMax = 4_000_000

export function lineSplitter(
  onLine: (line: string) => void,
  onTooLong: (bytesMax: number) => void = () => {},
  bytesMax = lineBytesMax,
): (chunk: Buffer) => void {
  let pieces: Buffer[] = []
  let bytes = 0
  let skipping = false
  const add = (piece: Buffer) => {
    bytes += piece.length
    if (!skipping && bytes > bytesMax) {
      skipping = true
      pieces = []
      onTooLong(bytesMax)
    }
    if (!skipping && piece.length > 0) pieces.push(piece)
  }
  const finish = () => {
    const [only] = pieces
    const line = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
    if (!skipping) onLine(line.toString('utf8'))
    pieces = []
    bytes = 0
    skipping = false
  }
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end))
      from = end + 1
      finish()
    }
    add(chunk.subarray(from))
  }
}
