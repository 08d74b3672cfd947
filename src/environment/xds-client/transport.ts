// How a control plane is asked. Three of them: rest-transport.ts, grpc-transport.ts (state of the world) and
// delta-transport.ts (incremental).

import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import type { Answer } from './discovered.ts'
import type { XdsNode } from './discovery-wire.ts'

export interface Transport {
  /** What is wanted of a type from now on; none: everything. Asking for the same again does nothing. */
  ask(type: XdsType, names: readonly string[]): void
  /** Ends all that is under way. Nothing is called back afterwards. */
  close(): void
}

export interface TransportOptions {
  readonly port: number
  readonly node: XdsNode
  readonly onAnswer: (answer: Answer) => void
  /** This type is not served at all. */
  readonly onNothing: (type: XdsType) => void
  /** In words for a person: refused connections, broken streams, answers that are none. */
  readonly onProblem: (problem: string) => void
  /** What an answer held that Envoy would ignore. */
  readonly onUnknownField: (place: string) => void
}

export const sameNames = (left: readonly string[] | undefined, right: readonly string[]): boolean =>
  left !== undefined && JSON.stringify(left) === JSON.stringify(right)
