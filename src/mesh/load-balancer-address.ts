// The `lb` value of a dependency, `host:port`, where the host is a DNS name, an IPv4 address or an IPv6 address in
// brackets. It only reads the text; nothing is resolved.

import { isIPv6 } from 'node:net'

export interface LoadBalancerAddress {
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly ipv6: boolean
}

const namePattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/

/** @returns `undefined` when the text is not `host:port` with a port from 1 to 65535 */
export function parseLoadBalancerAddress(text: string): LoadBalancerAddress | undefined {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text) ?? []
  const port = Number(portText)
  if (!(port >= 1 && port <= 65535)) return undefined
  // A zone (`fe80::1%eth0`) means nothing on another machine, and Envoy refuses it.
  if (bracketed !== undefined)
    return isIPv6(bracketed) && !bracketed.includes('%') ? { host: bracketed, port, ipv6: true } : undefined
  if (plain === undefined || plain.length > 253 || plain.includes('..') || !namePattern.test(plain)) return undefined
  return { host: plain, port, ipv6: false }
}
