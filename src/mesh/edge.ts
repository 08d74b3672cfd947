// What a listener promises beside routes: how long a body may be, how long a client may take, when its connection is
// closed, and whom Envoy takes for the client. Envoy's defaults are filled in. What it does to paths is effective-path.ts,
// what it makes of addresses client-address.ts.

import type { ConfigLine } from '../core/verdict.ts'

export interface DeclaredEdge {
  /** Its stats are `http.<statPrefix>.`. */
  readonly statPrefix: string
  /** A longer body of a request is answered with 413. Absent: none is too long. */
  readonly bodyLimitBytes?: number
  /** From a request's first byte to its last one. 0: no limit. */
  readonly requestTimeoutMs: number
  /** A stream on which nothing moves for so long is ended; a route may say otherwise. 0: never. */
  readonly streamIdleTimeoutMs: number
  readonly connections: DeclaredConnections
  readonly client: DeclaredClientAddress
  /** Source lines: `bodyLimit`, `path`, `requestTimeout`, `streamIdle`, `idle`, `maxDuration`, `maxRequests`, `client`, ... */
  readonly lines: Readonly<Record<string, ConfigLine>>
}

/** When a connection of a client is closed. With HTTP/1.1 the answer then says `connection: close`. */
export interface DeclaredConnections {
  /** Without a request for so long. 0: never. */
  readonly idleTimeoutMs: number
  /** Since it was opened. 0: no limit. */
  readonly maxDurationMs: number
  /** 0: no limit. */
  readonly maxRequests: number
  /** One that is idle or old is let alone for so long, unless a request comes; then it is closed. */
  readonly drainMs: number
}

/** Whom Envoy takes for the client, and what it tells upstream of that. */
export interface DeclaredClientAddress {
  /** The other end of the connection is the client, or the last of its proxies: an edge. Else `x-forwarded-for` is believed. */
  readonly useRemoteAddress: boolean
  /** So many proxies before this one are trusted to have told the truth in `x-forwarded-for`. */
  readonly trustedHops: number
  readonly skipAppend: boolean
  /** CIDR ranges of addresses that count as internal. */
  readonly internal: readonly string[]
  /** In place of the scheme of the connection. */
  readonly scheme?: 'http' | 'https'
  /** Something that this model does not know, in words; the client's address is not judged then. */
  readonly unmodelled?: string
}
