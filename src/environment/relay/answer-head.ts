// Finds where the head of the first answer begins and ends in a stream of bytes from upstream, for HTTP/1.1 and HTTP/2, so
// that a fault can act right before, inside or after it. It understands frames and blank lines, and no headers.

/** Offsets from the first byte of the stream; each is absent until enough has come. */
export interface HeadSpan {
  readonly start?: number
  readonly end?: number
}

/** A head that is longer is taken to end there. */
const headMax = 65_536
const frameHeaderBytes = 9
const headersFrame = 1
const continuationFrame = 9
const endHeaders = 0x4

/** `bytes`: all that has come so far. */
export function headSpan(bytes: Buffer, http2: boolean): HeadSpan {
  return http2 ? http2Span(bytes) : http1Span(bytes)
}

function http1Span(bytes: Buffer): HeadSpan {
  if (bytes.length === 0) return {}
  const blank = bytes.indexOf('\r\n\r\n')
  if (blank >= 0) return { start: 0, end: blank + 4 }
  return bytes.length > headMax ? { start: 0, end: headMax } : { start: 0 }
}

/** Settings and window updates come first; the head is the first HEADERS frame and what continues it. */
function http2Span(bytes: Buffer): HeadSpan {
  let start: number | undefined
  for (let at = 0; at + frameHeaderBytes <= bytes.length; ) {
    const type = bytes.readUInt8(at + 3)
    const next = at + frameHeaderBytes + bytes.readUIntBE(at, 3)
    if (type === headersFrame) start ??= at
    const isHead = type === headersFrame || type === continuationFrame
    if (isHead && (bytes.readUInt8(at + 4) & endHeaders) !== 0) {
      return next <= bytes.length ? { start: start ?? at, end: next } : { start: start ?? at }
    }
    at = next
  }
  if (start === undefined) return {}
  return bytes.length - start > headMax ? { start, end: start + headMax } : { start }
}
