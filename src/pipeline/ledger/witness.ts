// A line's path as a person is told it: the hops of its object up to where the line vanished, as one sentence and as rows
// of a timeline.
//
//     put at 1.203 s; event-pusher returned; kinesis.PutRecords answered 200 with 1 of 1 refused; no record in a lane:
//     lost between event-pusher and lane fast

import type { TimelineRow } from '../../core/verdict.ts'
import { type Account, covers, notesOf } from './account.ts'
import type { HopNote } from './hop-notes.ts'
import type { Books } from './ledger.ts'
import type { LineFate, Path } from './ledger-state.ts'
import type { Evidence } from './under-way.ts'
import { whereLost } from './where-lost.ts'

const phrasesMax = 14
const rowsMax = 60

export function witness(
  books: Books,
  account: Account | undefined,
  line: number,
  fate: LineFate | undefined,
  evidence: Evidence | undefined,
): Path {
  const notes =
    account === undefined ? [] : books.hops.read(notesOf(account)).sort((left, right) => left.atMs - right.atMs)
  const ending = endingOf(books, account, line, fate, evidence, notes)
  const sentence = [...shorten(phrases(notes, books.startMs)), ...ending.also].join('; ')
  return {
    sentence: `${sentence === '' ? 'nothing is known of it' : sentence}: ${ending.end}`,
    timeline: shortenRows(rows(notes, books.endMs, fate, ending.end)),
  }
}

function endingOf(
  { bytes }: Books,
  account: Account | undefined,
  line: number,
  fate: LineFate | undefined,
  evidence: Evidence | undefined,
  notes: readonly HopNote[],
): { readonly also: readonly string[]; readonly end: string } {
  if (account === undefined || !account.put) return { also: [], end: 'this object was never put' }
  if (fate === undefined) {
    const why = account.dest === 'drop' ? 'routing drops this object' : `the object has ${account.lines} lines`
    return { also: [why], end: `line ${line} was never owed` }
  }
  if (fate === 'lost') {
    const everParked = (account.parked ?? []).some((lines) => covers(lines, line))
    const { also, place } = whereLost(notes, account, bytes.poison(account.first + line - 1), everParked)
    return { also, end: `lost ${place}` }
  }
  if (fate === 'in flight') return { also: [evidence?.why ?? 'somebody works on it'], end: 'in flight at the deadline' }
  if (fate === 'parked') return { also: [], end: 'parked in the error table' }
  const times = bytes.deliveries(account.first + line - 1)
  return { also: [], end: times === 1 ? 'delivered once' : `delivered ${times} times` }
}

/** What is worth telling, with the same thing in a row told once. */
function phrases(notes: readonly HopNote[], startMs: number): string[] {
  const told: { readonly text: string; times: number }[] = []
  for (const note of notes) {
    const text = phrase(note, startMs)
    if (text === undefined) continue
    const last = told.at(-1)
    if (last?.text === text) last.times++
    else told.push({ text, times: 1 })
  }
  return told.map(({ text, times }) => (times === 1 ? text : `${text} (${times} times)`))
}

function phrase(note: HopNote, startMs: number): string | undefined {
  switch (note.kind) {
    case 'put':
      return `${note.label} at ${((note.atMs - startMs) / 1000).toFixed(3)} s`
    case 'called':
    case 'invoked':
      return note.odd ? note.label : undefined
    case 'delivered':
      return `${note.count === 1 ? '1 line' : `${note.count} lines`} delivered`
    case 'forgotten':
      return `${note.count} hops left out`
    default:
      return note.label
  }
}

function shorten(all: readonly string[]): readonly string[] {
  if (all.length <= phrasesMax) return all
  return [...all.slice(0, 4), '...', ...all.slice(-(phrasesMax - 5))]
}

function rows(notes: readonly HopNote[], endMs: number, fate: LineFate | undefined, ending: string): TimelineRow[] {
  const open: HopNote[] = []
  const made: TimelineRow[] = []
  for (const note of notes) {
    if (note.kind === 'invoked') {
      open.push(note)
      continue
    }
    if (note.kind === 'returned' || note.kind === 'failed') {
      const begun = open.findIndex(({ actor }) => actor === note.actor)
      if (begun !== -1) open.splice(begun, 1)
    }
    const label = note.kind === 'delivered' ? `${note.count} delivered` : note.label
    const outcome =
      note.kind === 'failed' || (note.kind === 'called' && / refused| no answer|answered [345]/.test(label))
    made.push({
      startMs: note.atMs - note.durationMs,
      endMs: note.atMs,
      lane: note.actor,
      label,
      outcome: outcome ? 'failed' : 'ok',
    })
  }
  for (const { atMs, actor, label } of open)
    made.push({ startMs: atMs, endMs, lane: actor, label: `${label}, has not ended`, outcome: 'waiting' })
  made.sort((left, right) => left.startMs - right.startMs)
  const lastMs = made.reduce((latestMs, row) => Math.max(latestMs, row.endMs), 0)
  if (fate === 'lost' || fate === 'in flight') {
    const outcome = fate === 'lost' ? 'failed' : 'waiting'
    made.push({ startMs: lastMs, endMs: Math.max(lastMs, endMs), lane: 'line', label: ending, outcome })
  }
  return made
}

function shortenRows(all: readonly TimelineRow[]): readonly TimelineRow[] {
  return all.length <= rowsMax ? all : [...all.slice(0, rowsMax / 2), ...all.slice(-rowsMax / 2)]
}
