// What Envoy's response flags and response code details mean, in words for a person at a terminal. A table and its look-up.

const flags: Readonly<Record<string, string>> = {
  UH: 'no healthy host in the cluster',
  UF: 'no connection to the upstream came up',
  UO: 'refused by a circuit breaker: the cluster was full',
  NR: 'no route matches',
  URX: 'the limit of retries was reached',
  NC: 'the cluster of the route does not exist',
  DC: 'the client left',
  DT: 'the request or its connection lasted longer than allowed',
  LH: 'the local service failed its health check',
  UT: 'a timeout ended it: per try or of the route',
  LR: 'reset by Envoy itself',
  UR: 'reset by the upstream',
  UC: 'the upstream closed the connection',
  DI: 'delayed by a fault filter',
  FI: 'aborted by a fault filter',
  RL: 'refused by the rate limit',
  UAEX: 'refused by the external authorisation service',
  RLSE: 'the rate limit service failed',
  IH: 'refused: a header was not valid',
  SI: 'nothing moved for too long: idle timeout',
  DPE: "the client's HTTP was broken",
  UPE: "the upstream's HTTP was broken",
  UMSDR: 'it lasted longer than the longest allowed',
  RFCF: 'answered from a cache',
  NFCF: 'not found in the cache',
  OM: 'refused by the overload manager',
  DF: 'a name could not be resolved',
  DR: 'reset by the client',
  DO: 'the drain of a connection ended it',
}

const details: Readonly<Record<string, string>> = {
  via_upstream: 'the upstream answered',
  response_timeout: 'the route timeout ended it',
  upstream_per_try_timeout: 'the per-try timeout ended the last try',
  upstream_per_try_idle_timeout: 'a try stood still for longer than its idle timeout',
  upstream_response_timeout: 'the route timeout ended it',
  upstream_reset_before_response_started: 'the upstream failed before it answered',
  upstream_reset_after_response_started: 'the upstream failed in the middle of its answer',
  upstream_max_stream_duration_reached: 'the longest allowed duration was reached',
  no_healthy_upstream: 'no host of the cluster was healthy',
  route_not_found: 'no route matches',
  cluster_not_found: 'the cluster of the route does not exist',
  direct_response: 'the route answers by itself',
  fault_filter_abort: 'a fault filter answered',
  downstream_remote_disconnect: 'the client left',
  downstream_local_disconnect: 'Envoy closed the connection to the client',
  request_payload_too_large: 'the request body is larger than its buffer',
  response_payload_too_large: 'the answer is larger than its buffer',
  request_overall_timeout: 'the request took too long to come in',
  request_header_timeout: 'the head of the request took too long to come in',
  stream_idle_timeout: 'nothing moved for too long: idle timeout',
  max_duration_timeout: 'the longest allowed duration was reached',
  path_normalization_failed: 'the path cannot be normalised',
  overload: 'Envoy itself is overloaded',
  maintenance_mode: 'the cluster is in maintenance mode',
  remote_reset: 'the other side reset the stream',
  ext_authz_denied: 'refused by the external authorisation service',
  ext_authz_error: 'the external authorisation service failed',
  rbac_access_denied: 'refused by the access rules',
  jwt_authn_access_denied: 'refused: no valid token',
  rate_limited: 'refused by the rate limit',
  local_rate_limited: 'refused by the local rate limit',
}

/** Reasons in braces behind a detail: `upstream_reset_before_response_started{connection_termination}`. */
const reasons: Readonly<Record<string, string>> = {
  connection_termination: 'it closed the connection',
  connection_failure: 'no connection came up',
  remote_connection_failure: 'no connection came up',
  local_connection_failure: 'no connection came up',
  connection_timeout: 'the connect timeout passed',
  remote_reset: 'it reset the stream',
  remote_refused_stream_reset: 'it refused the stream',
  local_reset: 'Envoy reset the stream',
  overflow: 'a circuit breaker was full',
  protocol_error: 'its HTTP was broken',
}

export function flagWords(flag: string): string {
  return flags[flag] ?? 'no word for it here'
}

/** Nothing for a detail that is not known: the detail itself says more than a guess. */
export function detailWords(detail: string): string | undefined {
  const [, name = '', inBraces = ''] = /^([^{]*)(?:\{(.*)\})?$/.exec(detail) ?? []
  const known = details[name]
  if (known === undefined) return undefined
  const reason = Object.entries(reasons).find(([key]) => inBraces.startsWith(key))?.[1]
  return reason === undefined ? known : `${known}: ${reason}`
}

export const flagNames: readonly string[] = Object.keys(flags)
