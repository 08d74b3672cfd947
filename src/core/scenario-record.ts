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

/** End of a fault's window that lasts as long as anything is under way: drains go on after a pipeline's load. */
export const wholeScenarioMs = 3_600_000

export interface FaultRecord {
  readonly name: string
  /** A fault kind's name: `abort`, `delay`, `plan`, `kill`, `freeze`, ... */
  readonly kind: string
  /**
   * A cluster, or `control-plane`. In a pipeline: a call (`kinesis.PutRecords`, `event-pusher/kinesis.PutRecords`), a
   * function (`main`), `sink`, `emulator`, or `*`.
   */
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

/** Files that are put into a bucket at a rate. Every line of every file is one record of `format`. */
export interface ObjectsRecord {
  /** As the pipeline's config names it. */
  readonly bucket: string
  /** Begins every key; may hold spaces, `+` and any Unicode. */
  readonly prefix: string
  readonly suffix: string
  /** What is in the files: a record format of `src/parsers`. */
  readonly format: string
  readonly gzip: boolean
  readonly ratePerSecond: number
  readonly arrivals: ArrivalsRecord
  readonly lines: number
  /** Pads every record to about this many bytes; 0: as it comes. */
  readonly lineBytes: number
  /** Share of the lines that no parser can read, decided by the seed. */
  readonly poisonRatio: number
  /** Share of the objects whose gzip is broken. */
  readonly unreadableRatio: number
  /** All lines of an object bear the same text, so that nothing but their place tells them apart. */
  readonly equalTexts: boolean
  readonly fromMs: number
  readonly untilMs: number
}

/** What a person does to the pipeline while it runs. */
export type OperationRecord = {
  /** Since the scenario's start; `settled`: when everything is delivered or parked; later ones follow in their order. */
  readonly when: number | 'settled'
} & (
  | {
      readonly kind: 'drain'
      readonly chosenRatio: number
      /** Item by item, each in an invocation of its own. */
      readonly oneByOne?: boolean
    }
  | { readonly kind: 'limit'; readonly lane: 'fast' | 'slow'; readonly delayMs?: number; readonly batchSize?: number }
  | {
      /** Adjusts DELAY of a lane by what the handler's downstream takes. */
      readonly kind: 'control'
      readonly lane: 'fast' | 'slow'
      readonly latencyTargetMs: number
      readonly everyMs: number
    }
)

export interface PipelineRecord {
  /** Path of `config.yml`. */
  readonly config: string
  readonly shards: number
  readonly objects: readonly ObjectsRecord[]
  readonly operations: readonly OperationRecord[]
  /** How the handler's downstream behaves. */
  readonly sink: { readonly serviceTimeMs: number; readonly capacity?: number }
  /** A second consumer of the topic: a queue. */
  readonly fanOut: boolean
  /** How long things may stay under way after the last put or operation. */
  readonly settleMs: number
  /** Waits between the three attempts of an asynchronous invocation; AWS waits 1 and 2 minutes. */
  readonly asyncRetryMs: readonly [number, number]
}

interface ScenarioBase {
  readonly name: string
  readonly about: string
  /** Path as the user gave it, for messages; `(inline)` for records made in code. */
  readonly file: string
  readonly durationMs: number
  readonly faults: readonly FaultRecord[]
  readonly expect: readonly ExpectationRecord[]
  /** Needs processes of its own, because it ends processes or provokes warnings. */
  readonly isolated: boolean
  /** The chance that this scenario fails although nothing is wrong, and how that was computed. */
  readonly falseAlarm?: { readonly probability: number; readonly because: string }
}

/** An Envoy mesh under requests. */
export interface MeshScenario extends ScenarioBase {
  readonly mesh: {
    readonly definition: string
    readonly node: string
    readonly declared: string
    /** Where the control plane keeps its objects. Default: a directory. */
    readonly store?: 's3'
  }
  readonly upstreams: Readonly<Record<string, UpstreamRecord>>
  readonly traffic: readonly TrafficRecord[]
}

/** A log pipeline under objects. */
export interface PipelineScenario extends ScenarioBase {
  readonly pipeline: PipelineRecord
}

export type ScenarioRecord = MeshScenario | PipelineScenario

export const isMesh = (scenario: ScenarioRecord): scenario is MeshScenario => 'mesh' in scenario
export const isPipeline = (scenario: ScenarioRecord): scenario is PipelineScenario => 'pipeline' in scenario

/** For what exists only for meshes; its callers were told so (`CheckKind.judges`). */
export function meshOf(scenario: ScenarioRecord): MeshScenario {
  if (isMesh(scenario)) return scenario
  throw new Error(`a mesh scenario was expected: ${scenario.name}`)
}
