// Follows the connections of clients for the rule `keep-alive`: takes requests in order of their start, connection by
// connection, and finds what no answer says: a request that was lost because its connection was closed under it, and a
// connection that was closed while it was free, for its client opened another one in its place.

import type { RequestSent } from '../../core/history.ts'
import type { DeclaredListener } from '../../mesh/policy.ts'
import type { Judgement } from '../policy/rule.ts'
import { isOver, judgeKept, type Kept, limitsOf, saysClose } from './keep-alive.ts'
import { configOf, type EdgeAround, type EdgeRequest, inMs, isHttp2, isLateFor, nameOf, slackMsOf } from './rule.ts'

export interface ConnectionWatch {
  admit(request: EdgeRequest, around: EdgeAround): void
  /** A request that Envoy never heard of, because its connection was reset under it. */
  lost(sent: RequestSent, listener: DeclaredListener, latenessMs: number): void
  /** Nothing that is admitted later begins before this time. */
  advance(watermarkMs: number): void
  end(): void
}

type Report = (judgement: Judgement, requestId: string, request?: EdgeRequest) => void

interface Due {
  readonly atMs: number
  readonly process: () => void
}

interface Entry {
  readonly request: EdgeRequest
  readonly around: EdgeAround
}

interface Connection extends Kept {
  requests: number
  lastEndMs: number
  last: Entry
  /** Nobody can use it again: its client was told, or something went wrong on it. */
  isDone: boolean
  /** A client opened another one although this one was free. */
  passedOver?: Entry
}

/** Of those, the oldest are forgotten. */
const connectionsMax = 10_000
/** A client hears of a connection's end a little later than Envoy says it. */
const slackMin = 25

export function connectionWatch(report: Report): ConnectionWatch {
  let waiting: Due[] = []
  const open = new Map<string, Connection>()
  /** The last answer by listener, and those whose clients had several requests open at once: they may hold unused ones. */
  const answeredMs = new Map<string, number>()
  const crowded = new Set<string>()

  function process(entry: Entry) {
    const { request, around } = entry
    const { logged } = request
    const { name } = around.listener
    const key = `${name} ${logged.connection}`
    const before = answeredMs.get(name) ?? Number.NEGATIVE_INFINITY
    if (request.sent.intendedMs < before) crowded.add(name)
    answeredMs.set(name, Math.max(before, request.answered.atMs))
    const known = open.get(key)
    const openedMs = logged.startMs - (logged.connectionAgeMs ?? 0)
    if (known === undefined) passOver(openedMs, entry)
    const connection = known ?? { openedMs, requests: 0, lastEndMs: openedMs, last: entry, isDone: false }
    connection.requests++
    report(judgeKept(request, around, connection), request.sent.id, request)
    delete connection.passedOver
    connection.lastEndMs = logged.atMs
    connection.last = entry
    connection.isDone ||=
      saysClose(request) || request.answered.error !== undefined || logged.details !== 'via_upstream'
    open.set(key, connection)
    if (open.size > connectionsMax) forgetOldest()
  }

  /** Those that were free, and well within what is declared, when this entry's connection was opened. */
  function passOver(openedMs: number, entry: Entry) {
    for (const connection of open.values()) {
      if (connection.isDone || connection.passedOver !== undefined) continue
      if (connection.last.around.listener.name !== entry.around.listener.name) continue
      const slackMs = slackMsOf(entry.around) + slackMin
      const idleMs = openedMs - connection.lastEndMs
      const { idleTimeoutMs, maxDurationMs } = entry.around.edge.connections
      if (idleMs < slackMs || isOver(idleMs + slackMs, idleTimeoutMs)) continue
      if (isOver(openedMs - connection.openedMs + slackMs, maxDurationMs)) continue
      connection.passedOver = entry
    }
  }

  function forgetOldest() {
    for (const [key, connection] of open) {
      tell(connection)
      open.delete(key)
      return
    }
  }

  function tell({ passedOver, last, lastEndMs }: Connection) {
    if (passedOver === undefined) return
    const idleMs = passedOver.request.logged.startMs - lastEndMs
    if (isLateFor(passedOver.around.edge.connections.idleTimeoutMs, passedOver.around)) {
      return report('late', last.request.sent.id, last.request)
    }
    report(
      {
        message: `${nameOf(last.request)}: its connection was closed while it was free`,
        expected: `closed when ${limitsOf(passedOver.around.edge)}`,
        observed: `a new connection, though this one had been idle for ${inMs(idleMs)} only`,
        ...configOf(passedOver.around, 'idle'),
        timed: true,
      },
      last.request.sent.id,
      last.request,
    )
  }

  /** A request may be lost on a connection that was due to be closed; on any other it may not. */
  function lose(sent: RequestSent, { name, edge }: DeclaredListener, latenessMs: number) {
    const own = [...open.values()].filter(({ isDone, last }) => !isDone && last.around.listener.name === name)
    if (edge === undefined || own.length === 0) return
    const { idleTimeoutMs, maxDurationMs, drainMs } = edge.connections
    const isDue = own.some(
      ({ lastEndMs, openedMs }) =>
        isOver(sent.atMs - lastEndMs - drainMs + slackMin, idleTimeoutMs) ||
        isOver(sent.atMs - openedMs - drainMs + slackMin, maxDurationMs),
    )
    if (isDue) return
    // One that never had a request is closed without a drain time, and no log tells of it; a client that is slow meets it.
    if (crowded.has(name) || isLateFor(idleTimeoutMs, { latenessMs })) return report('late', sent.id)
    const idleMs = sent.atMs - Math.min(...own.map(({ lastEndMs }) => lastEndMs))
    report(
      {
        message: `${sent.method} ${sent.host}${sent.path} was lost: its connection was closed under it`,
        expected: `no request lost before ${inMs(drainMs)} more than ${limitsOf(edge)}`,
        observed: `reset, though no connection had been idle for more than ${inMs(idleMs)}`,
        ...(edge.lines.idle === undefined ? {} : { config: edge.lines.idle }),
        timed: true,
      },
      sent.id,
    )
  }

  function advance(watermarkMs: number) {
    const due = waiting.filter(({ atMs }) => atMs < watermarkMs)
    if (due.length === 0) return
    waiting = waiting.filter(({ atMs }) => atMs >= watermarkMs)
    for (const one of due.toSorted((left, right) => left.atMs - right.atMs)) one.process()
  }

  return {
    admit(request, around) {
      // HTTP/2 says it in a frame that no log tells of.
      if (request.logged.connection === undefined || isHttp2(request)) return
      waiting.push({ atMs: request.logged.startMs, process: () => process({ request, around }) })
    },
    lost(sent, listener, latenessMs) {
      waiting.push({ atMs: sent.atMs, process: () => lose(sent, listener, latenessMs) })
    },
    advance,
    end() {
      advance(Number.POSITIVE_INFINITY)
      for (const connection of open.values()) tell(connection)
    },
  }
}
