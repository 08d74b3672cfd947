// What it takes to be a rule of the policy oracle. A request rule is a pure function of one whole request and of what is
// declared for it; rules that need several requests at once (breakers, ejection, counters) fold moments in order of time.
// Rules ask disjoint questions: each states when it is not asked, so that one mistake is named once, by its own rule.

import type {
  AttemptLogged,
  AttemptSeen,
  ConnectionClosed,
  RequestAnswered,
  RequestLogged,
  RequestSent,
} from '../../core/history.ts'
import type { ConfigLine, Finding } from '../../core/verdict.ts'
import type { DeclaredCluster, DeclaredRoute } from '../../mesh/policy.ts'
import type { TakenRoute } from './routing.ts'

/** All that the history says about one request, in the order in which it came. */
export interface Trace {
  readonly id: string
  /** The earliest time that any of its events names. */
  readonly fromMs: number
  readonly sent: readonly RequestSent[]
  readonly answered: readonly RequestAnswered[]
  readonly logged: readonly RequestLogged[]
  readonly attempts: readonly AttemptLogged[]
  readonly seen: readonly AttemptSeen[]
}

/** A request whose history is whole; attempts in order of their number, without gaps. */
export interface WholeRequest {
  readonly id: string
  readonly sent: RequestSent
  readonly answered: RequestAnswered
  readonly logged: RequestLogged
  readonly attempts: readonly AttemptLogged[]
  readonly seen: readonly AttemptSeen[]
  /** Attempts whose connection met a fault at the relay, by number. */
  readonly atRelay?: ReadonlyMap<number, ConnectionClosed>
}

/** What is declared for a request, and how much timing may be trusted around it. */
export interface Around {
  readonly route: DeclaredRoute
  readonly taken: TakenRoute
  /** That it went to. Absent where the route answers by itself, or names a cluster that is not declared. */
  readonly cluster: DeclaredCluster | undefined
  readonly tickMs: number
  /** How late the machine may have been: 10 ms at least. */
  readonly latenessMs: number
  /** `latenessMs` is too large for timed rules. */
  readonly late: boolean
  /** Envoy's event loop surely turned within the span, so what was due before it did not wait for the machine. */
  turned(fromMs: number, toMs: number): boolean
  /** Hosts of the cluster. */
  readonly hosts: number
  /** A push of endpoints or clusters came before the request ended, so a cluster may rightly be empty. */
  readonly endpointsPushed: boolean
}

export interface Violation {
  readonly message: string
  readonly expected?: string
  readonly observed?: string
  readonly config?: ConfigLine
  /** It rests on durations alone, so it does not count on a machine that was too slow for many requests. */
  readonly timed?: boolean
}

/** `late`: a timed rule that cannot judge, because the machine was too slow. */
export type Judgement = 'not-asked' | 'kept' | 'late' | Violation

export interface RequestRule {
  readonly name: string
  /** One sentence that completes "A request violates the policy when ...". */
  readonly about: string
  judge(request: WholeRequest, around: Around): Judgement
}

/** Where rules put what they found. The request is drawn only when there is something to find fault with. */
export type Report = (rule: string, judgement: Judgement, draw?: () => Pick<Finding, 'requestId' | 'timeline'>) => void

/** The first of `keys` for which a source line is known, ready to be spread into a violation. */
export function configLine(
  lines: Readonly<Record<string, ConfigLine>> | undefined,
  ...keys: readonly string[]
): { readonly config?: ConfigLine } {
  for (const key of keys) {
    const config = lines?.[key]
    if (config !== undefined) return { config }
  }
  return {}
}

/** `GET user/items` */
export function nameOf({ sent }: Pick<WholeRequest, 'sent'>): string {
  return `${sent.method} ${sent.host}${sent.path}`
}
