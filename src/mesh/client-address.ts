// What upstream must be told about a client, for what the client itself said: x-forwarded-for, x-forwarded-proto,
// x-envoy-external-address, and which x-envoy headers are taken away. As Envoy 1.40 was measured to do it
// (edge.live.test.ts). It knows plain-text connections only, as ours are.

import { BlockList, isIP } from 'node:net'
import type { DeclaredClientAddress } from './edge.ts'

export interface ToldUpstream {
  /** What the client sent of `x-forwarded-for`, to which `appended` adds the address of the connection's other end. */
  readonly forwardedFor: string | undefined
  readonly appended: boolean
  readonly forwardedProto: string
  readonly externalAddress: string | undefined
  /** Whom Envoy takes for the client, in its own logs and filters. */
  readonly client: string
  /** Headers of the client that must not come upstream as they were. */
  readonly stripped: readonly string[]
}

/** What only Envoys among each other may say. */
const internalHeaders = ['x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-original-path']

/** @param peer the other end of the connection */
export function toldUpstream(
  declared: DeclaredClientAddress,
  headers: Readonly<Record<string, string>>,
  peer: string,
): ToldUpstream {
  const { useRemoteAddress, trustedHops, skipAppend, internal, scheme } = declared
  const sent = headers['x-forwarded-for']
  const client = fromTheRight(sent, useRemoteAddress ? trustedHops : trustedHops + 1) ?? peer
  // Whoever was forwarded by somebody is not internal at an edge.
  const isExternal = useRemoteAddress && !(sent === undefined && isWithin(internal, client))
  const believesProto = !useRemoteAddress || trustedHops > 0
  return {
    forwardedFor: sent,
    appended: useRemoteAddress && !skipAppend,
    forwardedProto: scheme ?? (believesProto ? headers['x-forwarded-proto'] : undefined) ?? 'http',
    externalAddress: isExternal ? client : headers['x-envoy-external-address'],
    client,
    stripped: isExternal ? internalHeaders : [],
  }
}

/** The nth address from the right; nothing where there are fewer, or where it is none. */
function fromTheRight(forwardedFor: string | undefined, nth: number): string | undefined {
  if (nth === 0) return undefined
  const address = forwardedFor?.split(',').at(-nth)?.trim()
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}

function isWithin(ranges: readonly string[], address: string): boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [prefix = '', length = ''] = range.split('/')
    const version = isIP(prefix)
    if (version !== 0) list.addSubnet(prefix, Number(length), version === 6 ? 'ipv6' : 'ipv4')
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
