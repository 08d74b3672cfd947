// gRPC's framing of messages, as far as anybody here needs it: a prefix of five bytes before each. Nothing is encoded,
// decoded or compressed.

/** Compressed flag and length. */
export const prefixBytes = 5

export function messagePrefix(bytes: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(bytes, 1)
  return prefix
}

export interface MessageCounter {
  read(chunk: Buffer): void
  /** Whole ones. */
  count(): number
  /** The body ended within a message. */
  isCut(): boolean
}

export function messageCounter(): MessageCounter {
  let count = 0
  let prefix = Buffer.alloc(0)
  let missing = 0
  return {
    read(chunk) {
      let rest = chunk
      while (rest.length > 0) {
        if (missing > 0) {
          const taken = Math.min(missing, rest.length)
          missing -= taken
          rest = rest.subarray(taken)
          if (missing === 0) count++
          continue
        }
        const taken = Math.min(prefixBytes - prefix.length, rest.length)
        prefix = Buffer.concat([prefix, rest.subarray(0, taken)])
        rest = rest.subarray(taken)
        if (prefix.length < prefixBytes) continue
        missing = prefix.readUInt32BE(1)
        prefix = Buffer.alloc(0)
        if (missing === 0) count++
      }
    },
    count: () => count,
    isCut: () => missing > 0 || prefix.length > 0,
  }
}
