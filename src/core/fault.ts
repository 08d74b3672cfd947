// What it takes to be a fault: a name, a schema for its settings, and one of two ways to act. A *planned* fault is a pure
// decision per attempt, carried by the request itself to the fault listener (in a pipeline: per call or invocation, taken
// where that is seen); an *acting* fault changes something when its window opens and returns what heals it. Cure sits with harm: there is no injector without its heal.

import type { ZodType } from 'zod'
import type { CallAction, CallSeen, InvocationAction, InvocationSeen, Rolls } from './pipeline-fault.ts'
import type { FaultRecord } from './scenario-record.ts'

/** What a planned fault does to one attempt. Delay comes before the abort. */
export interface PlannedAction {
  readonly status?: number
  readonly delayMs?: number
}

/** Undoes an injection. Called once, in `finally`, also when the run is interrupted. */
export type Heal = () => Promise<void>

/** What acting faults may touch; the environment implements it. `host` counts from 1, absent means all of the target. */
export interface FaultSurface {
  /** SIGKILL; the heal starts the process again on the same address. */
  kill(target: string, host?: number): Promise<Heal>
  /** SIGSTOP; the heal is SIGCONT. */
  freeze(target: string, host?: number): Promise<Heal>
  /** Ends it in good order and starts it again. */
  restart(target: string, host?: number): Promise<Heal>
  /** Envoy's own dice on the fault listeners of a cluster; percent 0-100. */
  dice(
    target: string,
    host: number | undefined,
    dice: {
      readonly abortStatus?: number
      readonly abortPercent?: number
      readonly delayMs?: number
      readonly delayPercent?: number
    },
  ): Promise<Heal>
  /** The control plane answers every poll with `bytes` that are no DiscoveryResponse. */
  garbage(): Promise<Heal>
  /** S3 under the control plane answers every read with this status. */
  storeOutage(fault: string, status: number): Promise<Heal>
  /** Serves another definition file from now on; the heal serves the first one again. */
  push(definition: string): Promise<Heal>
}

/** What acting faults of a pipeline may touch. */
export interface PipelineSurface {
  /** SIGSTOP to the emulator; the heal is SIGCONT. */
  freezeEmulator(): Promise<Heal>
}

export interface FaultKind<Config = unknown> {
  /** Key in a scenario's fault. */
  readonly name: string
  /** One sentence for docs and the JSON Schema. */
  readonly about: string
  readonly schema: ZodType<Config>
  /** The fault ends processes or provokes Envoy warnings, so its scenario gets an environment of its own. */
  readonly isolated: boolean
  /** In words, for the report: `503 on 5 % of attempts`. */
  describe(config: Config): string
  /**
   * Decides what happens to one attempt (counted from 1) of one request. `roll` gives a number in [0, 1) that belongs to
   * this fault, request and attempt; that of `rollRequest` is the same for all attempts of the request.
   */
  plan?(config: Config, attempt: number, roll: () => number, rollRequest: () => number): PlannedAction | undefined
  /** In a pipeline: decides what happens to one call at the AWS fault hop whose target it is. */
  planCall?(config: Config, call: CallSeen, rolls: Rolls): CallAction | undefined
  /** In a pipeline: decides what happens to one invocation of a function whose target it is. */
  planInvocation?(config: Config, invocation: InvocationSeen, rolls: Rolls): InvocationAction | undefined
  /** In a pipeline: acts when the window opens. */
  injectPipeline?(fault: FaultRecord, config: Config, surface: PipelineSurface): Promise<Heal | undefined>
  /** Acts when the window opens. `undefined` when this fault is only planned. */
  inject?(fault: FaultRecord, config: Config, surface: FaultSurface): Promise<Heal | undefined>
}
