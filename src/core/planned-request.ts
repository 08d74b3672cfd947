// One request of a scenario as it is planned before anything is sent, and handed to whoever sends it.

import type { PlannedFault } from './history.ts'

/** The Host header (`:authority`) is `host`, whatever `headers` says. */
export interface PlannedRequest {
  /** `<scenario tag>-<traffic>-<n>`: unique in a run, safe in URLs and headers, the same for the same seed. */
  readonly id: string
  /** Index into the scenario's traffic. */
  readonly traffic: number
  /** Intended send time since the scenario's start. */
  readonly atMs: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBytes: number
  /** The body goes out in so many equal parts, with a pause between them. */
  readonly slowBody?: { readonly parts: number; readonly everyMs: number }
  /** A gRPC call: so many messages of `bodyBytes` each. */
  readonly grpc?: { readonly messages: number }
  /** Counted from `atMs`, not from when it was really sent. */
  readonly timeoutMs: number
  readonly plan: readonly PlannedFault[]
}
