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
    /** A slow client: the body goes out in so many equal parts, with a pause between them. */
    readonly slowBody?: { readonly parts: number; readonly everyMs: number }
    /** The listener of the config under test that it enters by; absent: the first that speaks HTTP. */
    readonly listener?: string
    /** A gRPC call over HTTP/2 by prior knowledge: this many messages of `bodyBytes` each, then half-closed. */
    readonly grpc?: { readonly messages: number }
  }
  /** Absent: HTTP/1.1; a gRPC call is always HTTP/2. */
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2'
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
  /** How gRPC calls are answered. Absent: one message of `bodyBytes`, status 0 in the trailers. */
  readonly grpc?: {
    readonly status: number
    /** `headers`: trailers-only, which Envoy can retry. */
    readonly statusIn: 'headers' | 'trailers'
    /** More than one: a server stream, one message every `everyMs`. */
    readonly messages: number
    readonly everyMs: number
  }
  /** Hosts tell the control plane of themselves only while this holds for them: a registrar beside each checks it. */
  readonly healthCheck?: { readonly path: string; readonly everyMs: number; readonly failures: number }
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

/** What is under test: exactly one of the first five. Paths are absolute. */
export interface MeshRecord {
  /** A service definition, compiled by us. */
  readonly definition?: string
  /** A directory with stored xDS objects: `v3/discovery/{clusters,routes}/NODE`. */
  readonly xds?: string
  /** The user's own control plane, started by us. */
  readonly controlPlane?: ControlPlaneRecord
  /** A static `envoy.yaml`. */
  readonly envoy?: string
  /** What an Envoy's admin says at `/config_dump`. */
  readonly configDump?: string
  /** Envoy's `node.cluster`. */
  readonly node: string
  /** What the run is held to instead, of the same sort as what is served. */
  readonly declared?: string
  /** Where the control plane keeps its objects. Default: a directory. */
  readonly store?: 's3'
  /** HTTP and network filters that need a service which is not here, and what to do about each: by name. */
  readonly stubs?: Readonly<Record<string, FilterStub>>
}

/** `allow`: taken out, as if its service always agreed. */
export type FilterStub = 'allow'

export interface ControlPlaneRecord {
  /** `{port}` in an argument stands for a free port of ours. No shell. */
  readonly command: readonly string[]
  /** Absolute. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Where it listens on 127.0.0.1; absent: where `{port}` says. */
  readonly port?: number
  readonly protocol: 'rest' | 'grpc' | 'delta-grpc'
  /** Envoy's `node.id`; absent: that of `node`. */
  readonly nodeId?: string
}

export type MeshSort = 'definition' | 'xds' | 'controlPlane' | 'envoy' | 'configDump'
export const meshSorts = ['definition', 'xds', 'controlPlane', 'envoy', 'configDump'] as const

/** What sort of config is under test, and its file, directory or command for messages. */
export function configUnderTest(mesh: MeshRecord): { readonly sort: MeshSort; readonly from: string } {
  const sort = meshSorts.find((one) => mesh[one] !== undefined)
  if (sort === undefined) throw new Error('a mesh without a config under test')
  const value = mesh[sort]
  return { sort, from: typeof value === 'string' ? value : (value?.command.join(' ') ?? '') }
}

/** An Envoy mesh under requests. */
export interface MeshScenario extends ScenarioBase {
  readonly mesh: MeshRecord
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
