// The scenario file as TypeScript sees it, for `*.scenario.ts`: the same record as in YAML, with types. The names of faults
// and checks come from the registry at run time, so their settings are checked when the file is loaded, not here.

type Duration = `${number}${'us' | 'ms' | 's' | 'm' | 'h'}`

export type ScenarioInput = MeshScenarioInput | PipelineScenarioInput

interface CommonInput {
  readonly name: string
  readonly about: string
  readonly duration: Duration
  readonly faults?: readonly FaultInput[]
  /** Each with exactly one key: a check's name. */
  readonly expect: readonly Readonly<Record<string, unknown>>[]
  readonly isolated?: boolean
  readonly falseAlarm?: { readonly probability: number; readonly because: string }
}

export interface MeshScenarioInput extends CommonInput {
  readonly mesh: {
    /** Exactly one of the first five. Paths are relative to the scenario's file. */
    readonly definition?: string
    readonly xds?: string
    readonly controlPlane?: {
      readonly command: readonly string[]
      readonly cwd?: string
      readonly env?: Readonly<Record<string, string>>
      readonly port?: number
      readonly protocol: 'rest' | 'grpc' | 'delta-grpc'
      readonly nodeId?: string
    }
    readonly envoy?: string
    readonly configDump?: string
    readonly stubs?: Readonly<Record<string, 'allow'>>
    readonly node?: string
    readonly declared?: string
    readonly store?: 's3'
  }
  readonly upstreams?: Readonly<Record<string, UpstreamInput>>
  readonly traffic?: readonly TrafficInput[]
}

export interface PipelineScenarioInput extends CommonInput {
  readonly pipeline: {
    /** The `config.yml`, relative to the scenario's file. */
    readonly config: string
    readonly shards?: number
    readonly sink?: { readonly serviceTime?: Duration; readonly capacity?: number }
    readonly fanOut?: boolean
    readonly asyncRetry?: readonly [Duration, Duration]
  }
  readonly objects?: readonly ObjectsInput[]
  readonly operations?: readonly OperationInput[]
  readonly settle?: Duration
}

interface UpstreamInput {
  readonly hosts?: number
  readonly serviceTime?: Duration | { readonly p50: Duration; readonly p99: Duration }
  readonly capacity?: number
  readonly status?: number
  readonly bodyBytes?: number
  readonly grpc?: {
    readonly status?: number
    readonly statusIn?: 'headers' | 'trailers'
    readonly messages?: number
    readonly every?: Duration
  }
  readonly healthCheck?: { readonly path?: string; readonly every?: Duration; readonly failures?: number }
}

interface TrafficInput {
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2'
  readonly request: {
    readonly host: string
    readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS'
    readonly path?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly bodyBytes?: number
    readonly listener?: string
    readonly grpc?: { readonly messages?: number }
  }
  readonly ratePerSecond: number
  readonly arrivals?: ArrivalsInput
  readonly timeout?: Duration
  readonly from?: Duration
  readonly until?: Duration
}

interface ObjectsInput {
  readonly bucket: string
  readonly prefix: string
  readonly suffix?: string
  readonly format?: 's3-lines' | 'json' | 'azure-ad-event' | 'g-suite-login'
  readonly gzip?: boolean
  readonly ratePerSecond: number
  readonly arrivals?: ArrivalsInput
  readonly lines?: number
  readonly lineBytes?: number
  readonly poisonRatio?: number
  readonly unreadableRatio?: number
  readonly equalTexts?: boolean
  readonly from?: Duration
  readonly until?: Duration
}

type ArrivalsInput =
  | 'poisson'
  | 'constant'
  | { readonly ramp: { readonly to: number } }
  | { readonly step: { readonly to: number; readonly at: Duration } }

type LaneInput = 'fast' | 'slow'

type OperationInput = { readonly when: Duration | 'settled' } & (
  | { readonly drain: { readonly chosenRatio?: number; readonly oneByOne?: boolean } }
  | { readonly limit: { readonly lane: LaneInput; readonly delay?: Duration; readonly batchSize?: number } }
  | { readonly control: { readonly lane: LaneInput; readonly latencyTarget: Duration; readonly every?: Duration } }
)

interface FaultInput {
  readonly name: string
  readonly target: string
  readonly host?: number
  readonly from?: Duration
  readonly until?: Duration
  /** Exactly one more key: a fault's name. */
  readonly [kind: string]: unknown
}

/** Gives editors the types of a `*.scenario.ts`: `export default defineScenario({ ... })`. */
export function defineScenario(scenario: ScenarioInput): ScenarioInput {
  return scenario
}
