// What a run needs of the rest of the program, as interfaces: run/ knows the order of things, cli/ puts real parts in.

import type { FaultSurface, PipelineSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { MeshScenario, OperationRecord, PipelineScenario, ScenarioRecord } from '../core/scenario-record.ts'

/** A started environment that carries one or more scenarios. */
export interface RunEnvironment {
  readonly readyMs: number
  place(scenario: string): {
    /** By the name in the user's config; one with an empty name where the entry is ours. */
    readonly listeners: readonly { readonly name: string; readonly port: number }[]
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
    readonly protocol: 'http1' | 'http2'
    readonly startMs: number
    readonly requests: readonly PlannedRequest[]
  }): Promise<unknown>
  stop(): Promise<void>
}

/** An AWS emulator with fault hop and sink, which carries pipelines. */
export interface PipelineEnvironment {
  readonly readyMs: number
  /** Aborted when the emulator ends although nobody stopped it; the reason is what to say of it. */
  readonly lost: AbortSignal
  /** A stack of its own for the scenario. @throws EnvironmentError when it does not deploy */
  deploy(scenario: PipelineScenario): Promise<DeployedPipeline>
  stop(): Promise<void>
}

export interface DeployedPipeline {
  /** What was changed in the config so that it runs here. */
  readonly changes: readonly string[]
  readonly surface: PipelineSurface
  /** Faults count their windows from here on. Monotonic time. */
  begin(startMs: number): void
  /** Puts all objects; resolves when S3 has answered for the last one. */
  load(startMs: number, signal: AbortSignal): Promise<void>
  /** Resolves when it is done; a `control` goes on until the signal or `remove`. */
  operate(operation: OperationRecord, signal: AbortSignal): Promise<void>
  /** Reads lanes and table to their ends. */
  look(): Promise<void>
  /** What is not yet delivered or parked, in words; `undefined` when nothing is. */
  missing(): string | undefined
  /** Takes the stack down. */
  remove(): Promise<void>
}

export interface RunHooks {
  readonly batchStarting?: (scenarios: readonly MeshScenario[], index: number, batches: number) => void
  readonly scenarioStarted?: (scenario: ScenarioRecord) => void
  readonly scenarioFinished?: (scenario: ScenarioRecord) => void
  readonly event?: (event: NewEvent) => void
}
