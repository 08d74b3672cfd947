// The history: the one source of truth of a run, an append-only NDJSON file. Line 1 is the header, every other line one
// event. This file, with pipeline-history.ts, is the table of all kinds (docs/history.md says the same in prose); reading and writing are in
// history-file.ts. `format` changes only together with a migration and a golden file.
//
// All times are milliseconds since the run's origin on CLOCK_MONOTONIC, with microsecond fractions. Times that come from
// Envoy's logs were wall times and are brought over with the offset of the header.

import type { EventBase } from './event-base.ts'
import type { PipelineEvent } from './pipeline-history.ts'
import type { ScenarioRecord } from './scenario-record.ts'

export type * from './pipeline-history.ts'

export const historyFormat = 1

export interface HistoryHeader {
  readonly format: typeof historyFormat
  readonly versions: {
    readonly shaketable: string
    readonly envoy: string
    readonly node: string
    /** Of the AWS emulator, where a pipeline ran. */
    readonly localstack?: string
  }
  readonly seed: string
  /** ISO 8601 wall time of the origin, for people. */
  readonly startedAt: string
  readonly scenarios: readonly ScenarioRecord[]
  /** Scenario name to its declared policy (`DeclaredPolicy` of src/mesh/policy.ts). */
  readonly declaredPolicy: Readonly<Record<string, unknown>>
  /** Scenario name to the hash of the compiled resources that were served at the start. */
  readonly servedSha256: Readonly<Record<string, string>>
  readonly clock: {
    readonly source: 'CLOCK_MONOTONIC'
    /** Wall clock minus monotonic clock at the origin, and the error of that measurement. */
    readonly wallOffsetMs: number
    readonly wallOffsetErrorMs: number
    /** Resolution of Envoy's coarse timers: the kernel tick. */
    readonly tickMs: number
  }
}

/** A fault that the plan has in store for one attempt of one request. */
export interface PlannedFault {
  readonly fault: string
  readonly attempt: number
  readonly status?: number
  readonly grpcStatus?: number
  readonly delayMs?: number
  readonly kibPerSecond?: number
  /** Cluster, and host counted from 1 where only that host is meant. */
  readonly target: string
  readonly host?: number
}

/** The generator put the request on the wire (`atMs`), or tried to. */
export interface RequestSent extends EventBase {
  readonly kind: 'request-sent'
  readonly id: string
  /** Index into the scenario's traffic. */
  readonly traffic: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly bodyBytes: number
  readonly intendedMs: number
  readonly plan: readonly PlannedFault[]
}

/** The generator got the whole answer, or gave up. Latency is `atMs - intendedMs` of the sent event. */
export interface RequestAnswered extends EventBase {
  readonly kind: 'request-answered'
  readonly id: string
  /** Absent when there was no whole answer; then `error` says why. */
  readonly status?: number
  readonly error?: 'timeout' | 'connect' | 'reset' | 'truncated' | 'not-sent' | 'interrupted'
  readonly detail?: string
  /** Of a gRPC call that was answered, from headers or trailers. */
  readonly grpcStatus?: number
  /** Of a gRPC call that was answered: so many messages came. */
  readonly messages?: number
  /** Headers of the answer that a check asked for, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly bytes: number
  readonly latencyMs: number
}

/** A line of the egress listener's access log: what the Envoy under test made of the request. `atMs` is its end. */
export interface RequestLogged extends EventBase {
  readonly kind: 'request-logged'
  readonly id: string
  readonly startMs: number
  readonly code: number
  readonly flags: readonly string[]
  readonly details: string
  readonly attempts: number
  readonly cluster: string
  readonly authority: string
  /** Of a gRPC call. */
  readonly grpcStatus?: number
  /** The listener that it came in by, as the user's config names it; absent where there is but one. */
  readonly listener?: string
  /** Envoy's number for the client's TCP connection, and how old that was when the request began. */
  readonly connection?: string
  readonly connectionAgeMs?: number
  /** Whom Envoy takes for the client: an address without port. */
  readonly client?: string
}

/** A line of the router's upstream log: one attempt on the egress Envoy's own clock. `atMs` is its end. */
export interface AttemptLogged extends EventBase {
  readonly kind: 'attempt-logged'
  readonly id: string
  readonly attempt: number
  readonly startMs: number
  /** When a connection was ready for it; absent when there never was one. */
  readonly readyMs?: number
  /** When the head of the answer arrived; absent when none did. */
  readonly headMs?: number
  /** 0 when there was no answer. */
  readonly code: number
  readonly flags: readonly string[]
  readonly details: string
  readonly failureReason: string
  readonly cluster: string
  /** `127.0.0.2:41234`; empty when no host was chosen. */
  readonly host: string
  readonly protocol: string
  readonly grpcStatus?: number
  /** Where upstream put it; only one in the headers can be retried. */
  readonly grpcStatusIn?: 'headers' | 'trailers'
  /** Its TCP connection's own address, `127.0.0.1:51234`, the same as `client` at the relay; absent: never had one. */
  readonly connection?: string
}

/** A line of the fault listener's access log: an attempt that became HTTP upstream. `atMs` is its end. */
export interface AttemptSeen extends EventBase {
  readonly kind: 'attempt-seen'
  readonly id: string
  readonly attempt: number
  readonly startMs: number
  readonly code: number
  readonly flags: readonly string[]
  readonly details: string
  readonly cluster: string
  /** Counted from 1. */
  readonly host: number
  readonly authority: string
  readonly method: string
  readonly path: string
  readonly protocol: string
  readonly grpcStatus?: number
  /** The fault filter was told to slow the answer's body to this. */
  readonly kibPerSecond?: number
  /** A copy that the Envoy under test sent beside the request; its answer is thrown away. */
  readonly shadow?: true
  /** Headers of the request as they came upstream, those that edges change: `x-forwarded-for`, `x-forwarded-proto`, ... */
  readonly headers?: Readonly<Record<string, string>>
}

/** A TCP connection at the relay in front of a host has ended. `atMs` is its end. What was refused is never seen here. */
export interface ConnectionClosed extends EventBase {
  readonly kind: 'connection-closed'
  readonly cluster: string
  readonly host: number
  /** Counted from 1, by host. */
  readonly connection: number
  /** The other end's address: `127.0.0.1:51234`. */
  readonly client: string
  readonly startMs: number
  /** The fault that it met, by name, and what was done. */
  readonly fault?: string
  readonly what?: string
  readonly bytesUp: number
  readonly bytesDown: number
  readonly closedBy: 'client' | 'upstream' | 'relay'
}

/** A host of a cluster with discovery told the control plane that it is there, or took leave. */
export interface HostRegistered extends EventBase {
  readonly kind: 'host-registered' | 'host-left'
  readonly cluster: string
  readonly host: number
  /** `127.0.0.2:41234` */
  readonly address: string
  /** `start`, `fault NAME`, `unhealthy: ...`, `healthy`. */
  readonly reason: string
}

/** A line of Envoy's outlier event log. */
export interface HostEjected extends EventBase {
  readonly kind: 'host-ejected' | 'host-returned'
  readonly cluster: string
  readonly host: string
  /** `CONSECUTIVE_5XX`, `CONSECUTIVE_GATEWAY_FAILURE`, ...; empty for a return. */
  readonly reason: string
  readonly enforced: boolean
  readonly ejections: number
}

export interface FaultChanged extends EventBase {
  readonly kind: 'fault-injected' | 'fault-healed'
  readonly fault: string
  readonly target: string
  readonly detail: string
}

/** Envoy's counters and gauges for one scenario, read before its first and after its last request. */
export interface Counters extends EventBase {
  readonly kind: 'counters'
  readonly phase: 'before' | 'after'
  /** `egress` or `fault`. */
  readonly envoy: string
  /** Stat names as the user's own config would give them, for instance `cluster.user-development.upstream_rq_total`. */
  readonly values: Readonly<Record<string, number>>
}

/** A line of a process's own log, level warning or worse, or any line of a process that died. */
export interface LogLine extends EventBase {
  readonly kind: 'log-line'
  readonly process: string
  readonly level: string
  readonly text: string
}

export interface ProcessStarted extends EventBase {
  readonly kind: 'process-started'
  readonly process: string
  readonly pid: number
}

export interface ProcessExited extends EventBase {
  readonly kind: 'process-exited'
  readonly process: string
  readonly pid: number
  readonly code: number | null
  readonly signal: string | null
  readonly expected: boolean
}

export interface ConfigChanged extends EventBase {
  readonly kind: 'config-pushed' | 'config-accepted' | 'config-rejected'
  readonly type: 'clusters' | 'routes' | 'endpoints'
  readonly version: string
  readonly detail: string
  /** On `config-pushed`: the declared policy from now on (`DeclaredPolicy`), where the push changes it. */
  readonly declared?: unknown
}

/** How late a timer of ours fired: the machine's own lag around this time. */
export interface Heartbeat extends EventBase {
  readonly kind: 'heartbeat'
  readonly lateMs: number
}

/** The scenario's load begins or has ended; checks count time from `scenario-started`. */
export interface ScenarioPhase extends EventBase {
  readonly kind: 'scenario-started' | 'scenario-ended'
  /** On `scenario-started`: what was changed in the config so that it runs here, a line each. */
  readonly configChanges?: readonly string[]
  /** On `scenario-ended` of a pipeline: what was still under way at the deadline, in words; absent when nothing was. */
  readonly unsettled?: string
  /** On `scenario-started`: how long the environment took from its start to its readiness. */
  readonly environmentReadyMs?: number
}

/** The last line. A history without it was torn and is inconclusive. `dropped` counts events a writer could not keep. */
export interface End extends EventBase {
  readonly kind: 'end'
  readonly reason: 'complete' | 'interrupted' | 'failed'
  readonly dropped: number
}

export type HistoryEvent =
  | RequestSent
  | RequestAnswered
  | RequestLogged
  | AttemptLogged
  | AttemptSeen
  | ConnectionClosed
  | HostRegistered
  | HostEjected
  | FaultChanged
  | Counters
  | LogLine
  | ProcessStarted
  | ProcessExited
  | ConfigChanged
  | PipelineEvent
  | Heartbeat
  | ScenarioPhase
  | End

export type EventKind = HistoryEvent['kind']

/** An event before it has its place in the file; `seq` is given by the writer. */
export type NewEvent = HistoryEvent extends infer Event
  ? Event extends HistoryEvent
    ? Omit<Event, 'seq'>
    : never
  : never
