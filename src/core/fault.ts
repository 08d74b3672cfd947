// What it takes to be a fault: a name, a schema for its settings, and one of two ways to act. A *planned* fault is a pure
// decision per attempt, carried by the request itself to the fault listener (in a pipeline: per call or invocation, taken
// where that is seen); an *acting* fault changes something when its window opens and returns what heals it. Cure sits with harm: there is no injector without its heal.

import type { ZodType } from 'zod'
import type { CallAction, CallSeen, InvocationAction, InvocationSeen, Rolls } from './pipeline-fault.ts'
import type { FaultRecord } from './scenario-record.ts'

/** What a planned fault does to one attempt. Delay comes before the abort. */
export interface PlannedAction {
  readonly status?: number
  /** Answers a gRPC call with this grpc-status instead of an HTTP status. */
  readonly grpcStatus?: number
  readonly delayMs?: number
  /** The answer's body comes at this rate at most. */
  readonly kibPerSecond?: number
}

/** What the relay in front of a host does to its TCP connections while the window is open. */
export type TcpFault =
  /** The port is closed: the kernel refuses. */
  | { readonly kind: 'refuse' }
  /** Connections are never taken from a backlog that is full, so a connect times out. */
  | { readonly kind: 'black-hole' }
  /** RST at this moment of the (first) answer. */
  | { readonly kind: 'reset'; readonly at: 'accept' | 'request' | 'before-head' | 'in-head' | 'after-head' }
  /** Taken, read, and never answered. */
  | { readonly kind: 'hang' }
  /** The answer trickles: this many bytes, then a pause, and so on. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }
  /** Closed in good order after so many bytes of the answer's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** HTTP/2: every stream of the connection is reset with REFUSED_STREAM. */
  | { readonly kind: 'refuse-stream' }

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
  /** Serves another config of the same sort (a definition, a directory) from now on; the heal serves the first one again. */
  push(definition: string): Promise<Heal>
  /** The relay in front of the target's hosts does this to `ratio` of their new connections, decided by the seed. */
  tcp(fault: FaultRecord, what: TcpFault, ratio: number): Promise<Heal>
  /** The host takes leave of discovery in good order; the heal registers it again. */
  leave(target: string, host?: number): Promise<Heal>
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
  /** It acts on TCP connections, so a relay stands in front of the hosts of its target. */
  readonly needsRelay?: boolean
  /** Its target must speak HTTP/2. */
  readonly needsHttp2?: boolean
  /** Settings that only one sort of scenario knows. */
  readonly onlyIn?: Readonly<Partial<Record<'mesh' | 'pipeline', readonly string[]>>>
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
