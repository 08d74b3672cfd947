// The scenario file as TypeScript sees it, for `*.scenario.ts`: the same record as in YAML, with types. The names of faults
// and checks come from the registry at run time, so their settings are checked when the file is loaded, not here.

type Duration = `${number}${'us' | 'ms' | 's' | 'm' | 'h'}`

export interface ScenarioInput {
  readonly name: string
  readonly about: string
  readonly mesh: {
    /** Relative to the scenario's file, as all paths. */
    readonly definition: string
    readonly node?: string
    readonly declared?: string
  }
  readonly upstreams?: Readonly<Record<string, UpstreamInput>>
  readonly traffic?: readonly TrafficInput[]
  readonly duration: Duration
  readonly faults?: readonly FaultInput[]
  /** Each with exactly one key: a check's name. */
  readonly expect: readonly Readonly<Record<string, unknown>>[]
  readonly isolated?: boolean
  readonly falseAlarm?: { readonly probability: number; readonly because: string }
}

interface UpstreamInput {
  readonly hosts?: number
  readonly serviceTime?: Duration | { readonly p50: Duration; readonly p99: Duration }
  readonly capacity?: number
  readonly status?: number
  readonly bodyBytes?: number
}

interface TrafficInput {
  readonly request: {
    readonly host: string
    readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS'
    readonly path?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly bodyBytes?: number
  }
  readonly ratePerSecond: number
  readonly arrivals?:
    | 'poisson'
    | 'constant'
    | { readonly ramp: { readonly to: number } }
    | { readonly step: { readonly to: number; readonly at: Duration } }
  readonly timeout?: Duration
  readonly from?: Duration
  readonly until?: Duration
}

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
