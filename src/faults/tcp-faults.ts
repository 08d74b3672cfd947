// Faults of TCP connections, which the relay in front of a cluster's hosts carries out: nobody listens (refuse), nobody
// accepts (black-hole), nobody answers (hang), bytes come slowly (bandwidth), HTTP/2 streams are refused (refuse-stream).
// What acts in pipelines as well is in files of its own: reset, slow-body, cut-body.

import { z } from 'zod'
import type { FaultKind, FaultSurface, Heal, TcpFault } from '../core/fault.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import { shareOf } from './abort.ts'
import { ratio } from './duration-schema.ts'

/** Of the port itself, so that it is all connections or none. */
function portFault(name: 'refuse' | 'black-hole', about: string, words: string): FaultKind<NoSettings> {
  return {
    name,
    about,
    schema: noSettings,
    isolated: false,
    needsRelay: true,
    describe: () => words,
    inject: (fault, _config, surface) => surface.tcp(fault, { kind: name }, 1),
  }
}

export const refuse = portFault('refuse', 'Closes the port of the hosts, so that the kernel refuses.', 'port closed')

export const blackHole = portFault(
  'black-hole',
  'Lets connects to the hosts go unanswered, so that they time out.',
  'connects unanswered',
)

const share = z.strictObject({ ratio: ratio.default(1).describe('Share of new connections, 0-1') })

type Share = z.output<typeof share>

export const hang: FaultKind<Share> = {
  name: 'hang',
  about: 'Takes connections, reads what comes, and never answers.',
  schema: share,
  isolated: false,
  needsRelay: true,
  describe: (config) => `never answered ${onConnections(config)}`,
  inject: (fault, config, surface) => onShare(surface, fault, { kind: 'hang' }, config),
}

export const refuseStream: FaultKind<Share> = {
  name: 'refuse-stream',
  about: 'Resets every stream of an HTTP/2 connection with REFUSED_STREAM.',
  schema: share,
  isolated: false,
  needsRelay: true,
  needsHttp2: true,
  describe: (config) => `streams refused ${onConnections(config)}`,
  inject: (fault, config, surface) => onShare(surface, fault, { kind: 'refuse-stream' }, config),
}

const bandwidthSchema = z.strictObject({ bytesPerSecond: z.number().min(1).max(1e9), ...share.shape })

type Bandwidth = z.output<typeof bandwidthSchema>

export const bandwidth: FaultKind<Bandwidth> = {
  name: 'bandwidth',
  about: 'Limits connections to a rate, in each direction.',
  schema: bandwidthSchema,
  isolated: false,
  needsRelay: true,
  describe: (config) => `${config.bytesPerSecond} bytes/s ${onConnections(config)}`,
  inject: (fault, config, surface) =>
    onShare(surface, fault, { kind: 'bandwidth', bytesPerSecond: config.bytesPerSecond }, config),
}

/** `on all connections`, `on 5 % of connections` */
export function onConnections({ ratio }: Share): string {
  return `on ${shareOf(ratio)} connections`
}

export function onShare(surface: FaultSurface, fault: FaultRecord, what: TcpFault, { ratio }: Share): Promise<Heal> {
  return surface.tcp(fault, what, ratio)
}
