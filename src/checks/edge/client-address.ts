// Rule `client-address`: upstream is told about the client what the listener declares: x-forwarded-for, x-forwarded-proto
// and x-envoy-external-address, and Envoy itself takes that address for the client. Rule `internal-headers`: what only
// Envoys among each other may say does not come upstream from outside.
//
// For a client on loopback Envoy appends not 127.0.0.1 but an address of its own machine (measured). Nobody declares that
// one; it must be an address, and always the same.

import { isIP } from 'node:net'
import { toldUpstream } from '../../mesh/client-address.ts'
import type { Violation } from '../policy/rule.ts'
import { configOf, type EdgeAround, type EdgeRequest, type EdgeRule, nameOf } from './rule.ts'

const peer = '127.0.0.1'

const toldOf = ({ traffic }: EdgeRequest, { edge }: EdgeAround) =>
  toldUpstream(edge.client, traffic.request.headers, peer)

/** A new one for each run: it learns the machine's address. */
export function clientAddress(): EdgeRule {
  let own: string | undefined
  const appendedTo = (sent: string | undefined, found: string | undefined): string | undefined => {
    const before = sent === undefined ? '' : `${sent},`
    if (found === undefined || !found.startsWith(before)) return undefined
    const appended = found.slice(before.length)
    return isIP(appended) === 0 ? undefined : appended
  }
  return {
    name: 'client-address',
    about: 'upstream is told another client than declared, or Envoy takes another one for the client',
    judge(request, around) {
      const { seen, logged } = request
      if (around.edge.client.unmodelled !== undefined || seen.length === 0) return 'not-asked'
      const told = toldOf(request, around)
      const wrong = (
        what: string,
        expected: string | undefined,
        observed: string | undefined,
        line: string,
      ): Violation => ({
        message: `${nameOf(request)}: ${what}`,
        expected: expected ?? 'none',
        observed: observed ?? 'none',
        ...configOf(around, line),
      })
      for (const { headers = {} } of seen) {
        const forwardedFor = headers['x-forwarded-for']
        if (told.appended) {
          const appended = appendedTo(told.forwardedFor, forwardedFor)
          const expected = [told.forwardedFor, own ?? 'an address of this machine'].filter((one) => one !== undefined)
          if (appended === undefined || appended !== (own ?? appended)) {
            return wrong('x-forwarded-for', expected.join(','), forwardedFor, 'append')
          }
          own = appended
        } else if (forwardedFor !== told.forwardedFor) {
          return wrong('x-forwarded-for', told.forwardedFor, forwardedFor, 'append')
        }
        const proto = headers['x-forwarded-proto']
        if (proto !== told.forwardedProto) return wrong('x-forwarded-proto', told.forwardedProto, proto, 'client')
        const external = headers['x-envoy-external-address']
        if (external !== told.externalAddress) {
          return wrong('x-envoy-external-address', told.externalAddress, external, 'trustedHops')
        }
      }
      if (logged.client === undefined || logged.client === told.client) return 'kept'
      return wrong('another client in its own log', told.client, logged.client, 'trustedHops')
    },
  }
}

export const internalHeaders: EdgeRule = {
  name: 'internal-headers',
  about: 'a header that only Envoys among each other may send comes upstream from outside, or is lost within',
  judge(request, around) {
    const { seen, traffic } = request
    const sent = Object.entries(traffic.request.headers).filter(([name]) => watched.includes(name))
    if (around.edge.client.unmodelled !== undefined || seen.length === 0 || sent.length === 0) return 'not-asked'
    const { stripped } = toldOf(request, around)
    for (const [name, value] of sent) {
      const passed = seen.some(({ headers }) => headers?.[name] === value)
      if (passed !== stripped.includes(name)) continue
      const [expected, observed] = passed ? ['taken away', `${value} upstream`] : [`${value} upstream`, 'taken away']
      return { message: `${nameOf(request)}: ${name}`, expected, observed, ...configOf(around, 'client') }
    }
    return 'kept'
  },
}

/** Those of them that our fault listener tells of. */
const watched = ['x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-original-path']
