// What the history says about each object, hop by hop, kept as small numbers so that a hundred thousand objects under way
// fit into memory: what happened is an index into a table of the few hundred things that can, beside it stand time,
// duration and count. Notes of objects that are whole are forgotten, the oldest first, once there are too many.

export type HopKind =
  | 'put'
  | 'in-lane'
  | 'invoked'
  | 'returned'
  | 'failed'
  | 'called'
  | 'delivered'
  | 'parked'
  | 'drained'
  | 'forgotten'

/** What happened, without time. */
export interface Hop {
  readonly kind: HopKind
  /** Who did it, or where: `event-pusher`, `lane fast`, `sink`, ... */
  readonly actor: string
  /** In words, `kinesis.PutRecords answered 200 with 1 of 1 refused`. */
  readonly label: string
  /** Out of the ordinary, so that a witness tells it. */
  readonly odd: boolean
}

export interface HopNote extends Hop {
  readonly atMs: number
  readonly durationMs: number
  /** Lines, of a delivery. */
  readonly count: number
}

/** The notes of one object: four numbers each. */
export type Notes = number[]

const stride = 4
const notesMax = 200
const keptWhenCut = 100
const hopsMax = 20_000
/** In numbers. */
const wholeMax = 1_000_000

export interface HopBook {
  add(notes: Notes, hop: Hop, atMs: number, durationMs?: number): void
  /** Lines delivered one after the other are one note. */
  addDelivery(notes: Notes, atMs: number, lines: number): void
  /** The object owes nothing any more: its notes may be forgotten. */
  whole(notes: Notes): void
  read(notes: Notes): HopNote[]
}

export function hopBook(): HopBook {
  const hops: Hop[] = []
  const numbers = new Map<string, number>()
  const wholes: { head: number; queue: Notes[]; size: number } = { head: 0, queue: [], size: 0 }

  const numberOf = (hop: Hop): number => {
    const key = `${hop.kind}|${hop.actor}|${hop.label}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    // Labels are made of few words; should a history bring endless ones all the same, the rest share one.
    if (hops.length >= hopsMax && hop.label !== '...') return numberOf({ ...hop, label: '...' })
    const fresh = hops.push(hop) - 1
    numbers.set(key, fresh)
    return fresh
  }
  const forgotten = numberOf({ kind: 'forgotten', actor: 'ledger', label: 'hops left out here', odd: true })
  const delivery = numberOf({ kind: 'delivered', actor: 'sink', label: 'lines delivered', odd: false })

  const push = (notes: Notes, number: number, atMs: number, durationMs: number, count: number) => {
    notes.push(number, atMs, durationMs, count)
    if (notes.length <= notesMax * stride) return
    const cut = keptWhenCut * stride
    if (notes[cut] !== forgotten) notes.splice(cut, stride, forgotten, notes[cut + 1] ?? 0, 0, 1)
    notes[cut + 3] = (notes[cut + 3] ?? 0) + 1
    notes.splice(cut + stride, stride)
  }

  return {
    add(notes, hop, atMs, durationMs = 0) {
      push(notes, numberOf(hop), atMs, durationMs, 0)
    },
    addDelivery(notes, atMs, lines) {
      const last = notes.length - stride
      if (notes[last] !== delivery) return push(notes, delivery, atMs, 0, lines)
      notes[last + 2] = (notes[last + 2] ?? 0) + atMs - (notes[last + 1] ?? 0)
      notes[last + 1] = atMs
      notes[last + 3] = (notes[last + 3] ?? 0) + lines
    },
    whole(notes) {
      wholes.queue.push(notes)
      wholes.size += notes.length
      while (wholes.size > wholeMax && wholes.head < wholes.queue.length) {
        const oldest = wholes.queue[wholes.head++] ?? []
        wholes.size -= oldest.length
        oldest.length = 0
      }
      if (wholes.head < 10_000) return
      wholes.queue = wholes.queue.slice(wholes.head)
      wholes.head = 0
    },
    read(notes) {
      return Array.from({ length: notes.length / stride }, (_, index) => {
        const [number = 0, atMs = 0, durationMs = 0, count = 0] = notes.slice(index * stride, (index + 1) * stride)
        const hop = hops[number] ?? { kind: 'forgotten', actor: 'ledger', label: '...', odd: true }
        return { ...hop, atMs, durationMs, count }
      })
    },
  }
}
