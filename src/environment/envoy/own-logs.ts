// Our two access logs as the template of a listener of ours has them, for connection managers that are not ours.

import type { Json } from '../../mesh/xds.ts'
import { openTemplate } from './template.ts'

interface Manager {
  readonly access_log: readonly [Log]
  readonly http_filters: readonly [{ readonly typed_config: { readonly upstream_log: readonly [Log] } }]
}
interface Log {
  readonly typed_config: { readonly log_format: { json_format: { readonly [field: string]: string } } }
}
interface Listener {
  readonly filter_chains: readonly [{ readonly filters: readonly [{ readonly typed_config: Manager }] }]
}

/** `listener` is told in every line of a request, where there are several. */
export function ownLogs(scenarioKey: string, listener?: string): { readonly access: Json; readonly upstream: Json } {
  const filled = openTemplate('egress.listener.yaml')({ scenarioKey, port: 0, routeConfig: '' })
  const [{ filters }] = (filled as unknown as Listener).filter_chains
  const { access_log: access, http_filters: http } = filters[0].typed_config
  const format = access[0].typed_config.log_format
  // A per cent sign would begin a command.
  if (listener !== undefined) format.json_format = { ...format.json_format, ln: listener.replaceAll('%', '%%') }
  return { access: access as unknown as Json, upstream: http[0].typed_config.upstream_log as unknown as Json }
}
