// One byte for every line of every object, in one growing array: how often it was delivered, and what else is known of it.
// So a million lines cost a megabyte, whether they are a million objects or one.

/** Deliveries are counted up to this; beyond it a line stays "very often". */
const deliveriesMax = 31
const alteredBit = 0x20
const poisonBit = 0x40
const parkedBit = 0x80
/** Past it there is no room. */
const linesMax = 1_000_000_000

export interface LineBytes {
  /** Room for the lines of one object; the result is where its first line stands. @throws RangeError past a thousand million */
  allot(lines: number): number
  /** Whether there is room for so many more. */
  hasRoom(lines: number): boolean
  /** Counts a delivery; the result is how often the line was delivered before. */
  deliver(at: number, altered: boolean): number
  setPoison(at: number): void
  setParked(at: number): void
  /** Takes back every `setParked`. */
  clearParked(): void
  deliveries(at: number): number
  altered(at: number): boolean
  poison(at: number): boolean
  parked(at: number): boolean
}

export function lineBytes(): LineBytes {
  let bytes = new Uint8Array(1024)
  let used = 0
  const at = (index: number) => bytes[index] ?? 0
  const set = (index: number, bit: number) => {
    bytes[index] = at(index) | bit
  }
  return {
    hasRoom: (lines) => lines >= 0 && used + lines <= linesMax,
    allot(lines) {
      if (used + lines > linesMax) throw new RangeError(`no room for ${lines} more lines`)
      const first = used
      used += lines
      if (used > bytes.length) {
        const grown = new Uint8Array(Math.max(used, Math.ceil(bytes.length * 1.5)))
        grown.set(bytes)
        bytes = grown
      }
      return first
    },
    deliver(index, altered) {
      const before = at(index)
      const count = before & deliveriesMax
      if (count < deliveriesMax) bytes[index] = before + 1
      if (altered) set(index, alteredBit)
      return count
    },
    setPoison: (index) => set(index, poisonBit),
    setParked: (index) => set(index, parkedBit),
    clearParked() {
      for (let index = 0; index < used; index++) bytes[index] = at(index) & ~parkedBit
    },
    deliveries: (index) => at(index) & deliveriesMax,
    altered: (index) => (at(index) & alteredBit) !== 0,
    poison: (index) => (at(index) & poisonBit) !== 0,
    parked: (index) => (at(index) & parkedBit) !== 0,
  }
}
