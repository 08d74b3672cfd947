// One byte a line for what became of it: how often it was delivered and whether it stands parked. A million lines are a
// megabyte, in one array, because a million small ones would be two hundred.

const parkedBit = 0x40
const countMask = 0x3f
/** Past it lines are no longer followed one by one. */
const linesMax = 200_000_000

export interface LineStore {
  /** Room for so many lines; undefined when there is none left. */
  allocate(lines: number): number | undefined
  /** Counts one more delivery. @returns how often the line had been delivered before (63: or more) */
  deliver(place: number): number
  park(place: number): void
  deliveries(place: number): number
  isParked(place: number): boolean
}

export function lineStore(): LineStore {
  let bytes = new Uint8Array(4096)
  let used = 0
  return {
    allocate(lines) {
      if (!(lines >= 0 && used + lines <= linesMax)) return undefined
      const start = used
      used += lines
      if (used > bytes.length) {
        const larger = new Uint8Array(Math.max(used, bytes.length * 2))
        larger.set(bytes)
        bytes = larger
      }
      return start
    },
    deliver(place) {
      const byte = bytes[place] ?? 0
      const before = byte & countMask
      if (before < countMask) bytes[place] = byte + 1
      return before
    },
    park(place) {
      bytes[place] = (bytes[place] ?? 0) | parkedBit
    },
    deliveries: (place) => (bytes[place] ?? 0) & countMask,
    isParked: (place) => ((bytes[place] ?? 0) & parkedBit) !== 0,
  }
}
