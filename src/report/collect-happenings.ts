// What happened around a scenario: marks for the time axis (config pushes, process exits, ejections, what an operator did),
// warnings of the processes, and the counters that moved. Routine is left out: an accepted config or an expected exit at the
// end of a run explains nothing.

import type { Counters, HistoryEvent } from '../core/history.ts'
import type { ScenarioReport } from '../core/report-model.ts'
import { formatMs } from '../core/units.ts'

const logLinesMax = 50
const marksMax = 50
const textMax = 2000

type LogLines = ScenarioReport['logLines'][number][]
type Marks = ScenarioReport['marks'][number][]

export interface Happenings {
  /** `sinceStartMs` is the event's time since the scenario's start. */
  observe(event: HistoryEvent, sinceStartMs: number): void
  finish(): Pick<ScenarioReport, 'marks' | 'logLines' | 'counters'>
}

export function collectHappenings(): Happenings {
  const marks: Marks = []
  const logLines: LogLines = []
  const before = new Map<string, number>()
  const after = new Map<string, number>()
  return {
    observe(event, sinceStartMs) {
      const label = markLabel(event)
      if (label !== undefined) addMark(marks, sinceStartMs, label)
      if (event.kind === 'log-line') {
        addLine(logLines, { atMs: sinceStartMs, process: event.process, level: event.level, text: event.text })
      } else if (event.kind === 'process-exited' && !event.expected) {
        const how = event.signal === null ? `with code ${event.code}` : `on ${event.signal}`
        addLine(logLines, { atMs: sinceStartMs, process: event.process, level: 'exit', text: `exited ${how}` })
      } else if (event.kind === 'counters') readCounters(event, before, after)
    },
    finish: () => ({ marks, logLines, counters: difference(before, after) }),
  }
}

function markLabel(event: HistoryEvent): string | undefined {
  switch (event.kind) {
    case 'config-pushed':
      return `${event.type} ${event.version} pushed`
    case 'config-rejected':
      return `${event.type} ${event.version} rejected`
    case 'host-ejected':
      return `${event.cluster} ${event.host} ejected (${event.reason.toLowerCase()}${event.enforced ? '' : ', not enforced'})`
    case 'host-returned':
      return `${event.cluster} ${event.host} returned`
    case 'operator-acted':
      return [event.action, event.detail, ...figures(event.values ?? {})].filter((part) => part !== '').join(' ')
    case 'process-exited':
      return event.expected ? undefined : `${event.process} exited`
    default:
      return undefined
  }
}

/** `delay 2.00 s`, `batch size 10`; of counts the detail speaks already. */
function figures({ delayMs, batchSize }: Readonly<Record<string, number>>): readonly string[] {
  return [
    ...(delayMs === undefined ? [] : [`delay ${formatMs(delayMs)}`]),
    ...(batchSize === undefined ? [] : [`batch size ${batchSize}`]),
  ]
}

/** The same thing twice within a millisecond is one mark: a push announces several resources at once. */
function addMark(marks: Marks, atMs: number, label: string): void {
  const last = marks.at(-1)
  if (marks.length >= marksMax || (last?.label === label && atMs - last.atMs < 1)) return
  marks.push({ atMs, label })
}

function addLine(logLines: LogLines, line: LogLines[number]): void {
  if (logLines.length < logLinesMax) logLines.push({ ...line, text: line.text.slice(0, textMax) })
}

/** The first reading before and the last one after count. Those of our own fault hop are named as such. */
function readCounters(event: Counters, before: Map<string, number>, after: Map<string, number>): void {
  const prefix = event.envoy === 'egress' ? '' : `${event.envoy} hop: `
  for (const [name, value] of Object.entries(event.values)) {
    const key = `${prefix}${name}`
    if (event.phase === 'after') after.set(key, value)
    else if (!before.has(key)) before.set(key, value)
  }
}

function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const changed: [string, number][] = []
  for (const [name, value] of after) {
    const by = value - (before.get(name) ?? 0)
    if (by !== 0) changed.push([name, by])
  }
  return Object.fromEntries(changed.sort(([left], [right]) => (left < right ? -1 : 1)))
}
