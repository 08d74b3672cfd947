// Active health checks reach our hosts, which answer 200 to any path. What would wait for an answer that only the real
// service gives is taken out, and so is all of it where requests are told apart by their connection.

import type { Json, JsonObject } from '../xds.ts'
import { isObject, objectsAt, without } from './json-tree.ts'

export function rewriteHealthChecks(cluster: JsonObject, isRelayed: boolean, say: (what: string) => void): JsonObject {
  if (cluster.health_checks === undefined) return {}
  const checks = objectsAt(cluster, 'health_checks')
  if (isRelayed) {
    if (checks.length > 0) say('health checks removed (a TCP fault counts connections, and theirs would count, too)')
    return { health_checks: [] }
  }
  const kept = checks.flatMap((check) => {
    const why = whyNoAnswer(check)
    if (why === undefined) return [plainCheck(check, say)]
    say(`health check removed (${why})`)
    return []
  })
  if (kept.length > 0) say('health checks go to our hosts, without TLS')
  return { health_checks: kept }
}

function whyNoAnswer(check: JsonObject): string | undefined {
  if (check.grpc_health_check !== undefined) return 'our hosts do not speak grpc.health.v1'
  if (check.custom_health_check !== undefined) return 'our hosts speak HTTP'
  const { tcp_health_check: tcp, http_health_check: http } = check
  if (isObject(tcp) && objectsAt(tcp, 'receive').length > 0) return 'it waits for bytes that our hosts do not send'
  if (isObject(http) && objectsAt(http, 'receive').length > 0) return 'it waits for a body that our hosts do not send'
  if (isObject(http) && !takes200(http)) return 'it waits for a status that our hosts do not send'
  return undefined
}

function takes200(http: JsonObject): boolean {
  const ranges = objectsAt(http, 'expected_statuses')
  return ranges.length === 0 || ranges.some(({ start, end }) => Number(start) <= 200 && 200 < Number(end))
}

const removedKeys = [
  'tls_options',
  'transport_socket_match_criteria',
  'event_log_path',
  'event_logger',
  'event_service',
  'alt_port',
]

function plainCheck(check: JsonObject, say: (what: string) => void): JsonObject {
  const removed = removedKeys.filter((key) => check[key] !== undefined)
  if (removed.length > 0) say(`health check: ${removed.join(', ')} removed`)
  const { http_health_check: http } = check
  if (!isObject(http)) return without(check, ...removed)
  if (http.service_name_matcher !== undefined) say('health check: service_name_matcher removed')
  const plain: Json = without(http, 'service_name_matcher', 'service_name')
  return { ...without(check, ...removed), http_health_check: plain }
}
