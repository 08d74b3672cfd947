// The plan of putting records into a stream, without AWS: chunks that one call of PutRecords takes, and rounds in which only
// what was refused is put again, with growing waits. PutRecords succeeds although single records failed: whoever ignores
// that loses them under throttling.

export interface StreamEntry {
  readonly data: string
  readonly partitionKey: string
}

/** One entry's answer: nothing where it was taken. */
export interface EntryAnswer {
  readonly error?: string
  /** Putting it again is of no use. */
  readonly final?: boolean
}

export interface Refused<Entry> {
  readonly entry: Entry
  readonly error: string
}

export const entriesPerCallMax = 500
export const bytesPerCallMax = 5 * 1024 * 1024
export const bytesPerEntryMax = 1024 * 1024

const waitMinMs = 100
const waitMaxMs = 3_000

export function bytesOf(entry: StreamEntry): number {
  return Buffer.byteLength(entry.data) + Buffer.byteLength(entry.partitionKey)
}

/** In their order; an entry that no call takes must be kept out before. */
export function chunksOf<Entry extends StreamEntry>(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const chunks: Entry[][] = []
  let open: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    const size = bytesOf(entry)
    if (open.length === entriesPerCallMax || (open.length > 0 && bytes + size > bytesPerCallMax)) {
      chunks.push(open)
      open = []
      bytes = 0
    }
    open.push(entry)
    bytes += size
  }
  return open.length > 0 ? [...chunks, open] : chunks
}

/** Doubles, and is shortened by up to a half so that many callers do not come back at once. `roll` is in [0, 1). */
export function waitMs(round: number, roll: number): number {
  return Math.min(waitMaxMs, waitMinMs * 2 ** (round - 1)) * (1 - roll / 2)
}

export interface PutOptions<Entry> {
  /** One call; an answer for each entry, in their order. */
  readonly call: (entries: readonly Entry[]) => Promise<readonly EntryAnswer[]>
  readonly roundsMax: number
  /** Before the next round, counted from 1; false: there is no time left. */
  readonly pause: (round: number) => Promise<boolean>
}

/** What is left at the end, with its last error; empty where all were taken. */
export async function putInRounds<Entry extends StreamEntry>(
  entries: readonly Entry[],
  options: PutOptions<Entry>,
): Promise<readonly Refused<Entry>[]> {
  const lost: Refused<Entry>[] = []
  let open: readonly Refused<Entry>[] = entries.map((entry) => ({ entry, error: '' }))
  for (let round = 1; ; round++) {
    const again: Refused<Entry>[] = []
    for (const chunk of chunksOf(fitting(open, lost))) {
      const answers = await options.call(chunk)
      chunk.forEach((entry, index) => {
        const answer = answers[index] ?? { error: 'no answer for this entry' }
        if (answer.error !== undefined) (answer.final === true ? lost : again).push({ entry, error: answer.error })
      })
    }
    open = again
    if (open.length === 0 || round >= options.roundsMax || !(await options.pause(round))) return [...lost, ...open]
  }
}

/** A single entry that is too large would have its whole call refused. */
function fitting<Entry extends StreamEntry>(open: readonly Refused<Entry>[], lost: Refused<Entry>[]): readonly Entry[] {
  return open.flatMap(({ entry }) => {
    if (bytesOf(entry) <= bytesPerEntryMax) return [entry]
    lost.push({ entry, error: `expected at most ${bytesPerEntryMax} bytes, found ${bytesOf(entry)}` })
    return []
  })
}
