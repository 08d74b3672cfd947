// What a run needs of the rest of the program, as interfaces: run/ knows the order of things, cli/ puts real parts in.

import type { FaultSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'

/** A started environment that carries one or more scenarios. */
export interface RunEnvironment {
  readonly readyMs: number
  place(scenario: string): {
    readonly egressPort: number
    /** In the order that plan headers count them. */
    readonly clusters: readonly string[]
  }
  changes(scenario: string): readonly string[]
  surface(scenario: string): FaultSurface
  readCounters(scenario: string, phase: 'before' | 'after'): Promise<void>
  flushLogs(): Promise<void>
  stop(): Promise<void>
}

export interface RunGenerator {
  /** Resolves when its code is compiled and hot; jobs started before would be late. */
  warmUp(): Promise<unknown>
  run(job: {
    readonly scenario: string
    readonly target: { readonly address: string; readonly port: number }
    readonly startMs: number
    readonly requests: readonly PlannedRequest[]
  }): Promise<unknown>
  stop(): Promise<void>
}

export interface RunHooks {
  readonly batchStarting?: (scenarios: readonly ScenarioRecord[], index: number, batches: number) => void
  readonly scenarioStarted?: (scenario: ScenarioRecord) => void
  readonly scenarioFinished?: (scenario: ScenarioRecord) => void
  readonly event?: (event: NewEvent) => void
}
