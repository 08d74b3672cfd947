// Reads a history, plain or compressed, event by event in constant memory. What a crash leaves behind (a torn last line, no
// end marker, missing events) is told as a problem, which makes the run inconclusive; a file that is no history, or was
// damaged in the middle, is an InputError with its line.

import { formatPlace, InputError } from './errors.ts'
import type { End, HistoryEvent, HistoryHeader } from './history.ts'
import { checkHeader } from './history-header.ts'
import { eachLine } from './history-lines.ts'
import { type JsonRecord, type Migration, type Migrations, migrationFrom } from './history-migrations.ts'
import { checkEvent } from './history-shape.ts'

export interface HistoryVisitor {
  /** Called once, before the first event. */
  header?(header: HistoryHeader): void
  event(event: HistoryEvent): void
}

export interface HistorySummary {
  readonly header: HistoryHeader
  readonly events: number
  /** Why nothing can be concluded from this history; empty for a whole one. */
  readonly problems: readonly string[]
}

/** Reads `file` to its end. What the visitor throws is passed on. */
export async function readHistory(
  file: string,
  visitor: HistoryVisitor,
  options: { readonly migrations?: Migrations } = {},
): Promise<HistorySummary> {
  let header: HistoryHeader | undefined
  let migration: Migration | undefined
  let scenarioNames: ReadonlySet<string> = new Set()
  let unreadable: { readonly text: string; readonly line: number } | undefined
  const completeness = trackCompleteness()

  const { cut } = await eachLine(file, (text, line) => {
    // Only the last line may be torn: with another one behind it, it is damage.
    if (unreadable !== undefined) throw notJson(file, unreadable.line, unreadable.text)
    const value = parseRecord(text)
    if (migration === undefined) {
      if (value === undefined) throw notJson(file, line, text)
      migration = migrationFrom(value.format, file, options.migrations)
      header = checkHeader(migration.header(value), file)
      scenarioNames = new Set(header.scenarios.map(({ name }) => name))
      visitor.header?.(header)
      return
    }
    if (value === undefined) {
      unreadable = { text, line }
      return
    }
    for (const migrated of migration.event(value)) {
      const event = acceptEvent(migrated, file, line, scenarioNames)
      completeness.observe(event)
      visitor.event(event)
    }
  })

  if (header === undefined) {
    throw new InputError(
      `${formatPlace({ file, line: 1 })}: the header of a history expected, the file is empty\n` +
        '  hint: the run ended before it wrote anything; run it again',
    )
  }
  const torn = unreadable === undefined ? [] : [`line ${unreadable.line} of the history is torn`]
  const short = cut ? ['the compressed history was cut'] : []
  return { header, events: completeness.events(), problems: [...torn, ...short, ...completeness.problems()] }
}

function parseRecord(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined
  } catch {
    return undefined
  }
}

function acceptEvent(value: JsonRecord, file: string, line: number, scenarios: ReadonlySet<string>): HistoryEvent {
  const result = checkEvent(value)
  const complaint =
    'complaint' in result
      ? result.complaint
      : result.event.scenario !== '' && !scenarios.has(result.event.scenario)
        ? `"scenario" must be empty or a scenario of the first line, ${JSON.stringify(result.event.scenario)} seen`
        : undefined
  if ('event' in result && complaint === undefined) return result.event
  throw new InputError(
    `${formatPlace({ file, line })}: ${complaint}\n  hint: docs/history.md lists every kind of event and its fields`,
  )
}

/** Holds what was read against the end marker and the sequence numbers of each source. */
function trackCompleteness() {
  const sources = new Map<string, { count: number; maxSeq: number }>()
  let events = 0
  let end: End | undefined
  let afterEnd = 0
  return {
    observe(event: HistoryEvent) {
      events++
      if (end !== undefined) afterEnd++
      else if (event.kind === 'end') end = event
      const source = sources.get(event.src)
      if (source === undefined) sources.set(event.src, { count: 1, maxSeq: event.seq })
      else {
        source.count++
        source.maxSeq = Math.max(source.maxSeq, event.seq)
      }
    },
    events: () => events,
    problems(): string[] {
      const problems: string[] = []
      if (end === undefined) problems.push('the history has no end marker: the run died before it was complete')
      else if (end.reason !== 'complete')
        problems.push(`the run did not complete: it ${end.reason === 'failed' ? 'failed' : 'was interrupted'}`)
      if (afterEnd > 0) problems.push(`${afterEnd} events stand behind the end marker`)
      const dropped = end?.dropped ?? 0
      if (dropped > 0) problems.push(`the writer fell behind and dropped ${dropped} events`)
      const gaps = [...sources].map(([src, { count, maxSeq }]) => ({ src, missing: maxSeq + 1 - count }))
      const missing = gaps.reduce((sum, gap) => sum + Math.max(0, gap.missing), 0)
      if (missing > dropped) {
        const where = gaps.filter((gap) => gap.missing > 0).map((gap) => `${gap.src} ${gap.missing}`)
        problems.push(`events are missing from the history by their sequence numbers: ${where.join(', ')}`)
      }
      return problems
    },
  }
}

function notJson(file: string, line: number, text: string): InputError {
  const start = text.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, '?')
  return new InputError(
    `${formatPlace({ file, line })}: a JSON object expected, "${start}${text.length > 40 ? '...' : ''}" seen\n` +
      `  hint: ${line === 1 ? 'give the history.ndjson of a run folder' : 'the file was damaged or edited; fetch the run folder again'}`,
  )
}
