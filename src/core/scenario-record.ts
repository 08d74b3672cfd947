// A scenario after loading: defaults filled in, durations in milliseconds, paths absolute. It is written whole into the
// history's first line, so a run can be judged without its scenario file.

/** One kind of request that a scenario sends. */
export interface TrafficRecord {
  readonly request: {
    /** The virtual host, sent as Host or :authority. */
    readonly host: string
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly bodyBytes: number
  }
  readonly ratePerSecond: number
  readonly arrivals: ArrivalsRecord
  /** The client's own limit, counted from the intended send time. */
  readonly timeoutMs: number
  readonly fromMs: number
  readonly untilMs: number
}

export type ArrivalsRecord =
  | { readonly kind: 'constant' }
  | { readonly kind: 'poisson' }
  /** Linear from `ratePerSecond` to `toPerSecond` over the traffic's window. */
  | { readonly kind: 'ramp'; readonly toPerSecond: number }
  /** `ratePerSecond` until `atMs` (since the scenario's start), then `toPerSecond`. */
  | { readonly kind: 'step'; readonly toPerSecond: number; readonly atMs: number }

/** What answers behind a cluster. */
export interface UpstreamRecord {
  readonly hosts: number
  readonly serviceTime: { readonly p50Ms: number; readonly p99Ms: number }
  /** Requests worked on at once by each host; others wait in order. */
  readonly capacity?: number
  readonly status: number
  readonly bodyBytes: number
}

export interface FaultRecord {
  readonly name: string
  /** A fault kind's name: `abort`, `delay`, `plan`, `kill`, `freeze`, ... */
  readonly kind: string
  /** A cluster, or `control-plane`. */
  readonly target: string
  /** Only this host of the cluster, counted from 1; absent means all. */
  readonly host?: number
  readonly fromMs: number
  readonly untilMs: number
  /** The kind's own settings, as its schema gives them. */
  readonly config: unknown
}

export interface ExpectationRecord {
  /** A check's name: `policy`, `success`, ... */
  readonly check: string
  readonly config: unknown
  readonly line?: number
}

export interface ScenarioRecord {
  readonly name: string
  readonly about: string
  /** Path as the user gave it, for messages; `(inline)` for records made in code. */
  readonly file: string
  readonly mesh: {
    readonly definition: string
    readonly node: string
    readonly declared: string
  }
  readonly upstreams: Readonly<Record<string, UpstreamRecord>>
  readonly traffic: readonly TrafficRecord[]
  readonly durationMs: number
  readonly faults: readonly FaultRecord[]
  readonly expect: readonly ExpectationRecord[]
  /** Needs Envoys and a control plane of its own, because it provokes warnings or ends processes. */
  readonly isolated: boolean
  /** The chance that this scenario fails although nothing is wrong, and how that was computed. */
  readonly falseAlarm?: { readonly probability: number; readonly because: string }
}
