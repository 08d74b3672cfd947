// A dependency as an Envoy virtual host. One declared route becomes one or two Envoy routes:
//
//   method               -> that method, with the policy if there is one
//   retry_policy only    -> GET and HEAD with the policy, then everything without it
//   neither              -> everything
//
// Only requests that are safe to repeat are retried unless the definition names a method.

import type { Dependency, DependencyRoute } from './schema.ts'
import { type JsonObject, protoDuration } from './xds.ts'

export function compileVirtualHost(dependency: Dependency): JsonObject {
  return {
    name: dependency.name,
    domains: [dependency.name],
    routes: dependency.routes.flatMap((route, index) =>
      expand(dependency, route, `${dependency.name}/routes/${index}`),
    ),
  }
}

/** `name` says which declared route an Envoy route comes from; Envoy shows it in logs. */
function expand(dependency: Dependency, route: DependencyRoute, name: string): JsonObject[] {
  const { method, retry_policy } = route
  const plain = action(dependency, route)
  const retrying = retry_policy && {
    ...plain,
    retry_policy: {
      retry_on: retry_policy.retry_on,
      num_retries: retry_policy.num_retries,
      per_try_timeout: protoDuration(retry_policy.per_try_timeout_ms),
    },
  }
  if (method !== undefined) return [{ name, match: match(route, { exact: method }), route: retrying ?? plain }]
  if (retrying === undefined) return [{ name, match: match(route), route: plain }]
  return [
    { name: `${name}/retry`, match: match(route, { safe_regex: { regex: '(GET|HEAD)' } }), route: retrying },
    { name: `${name}/rest`, match: match(route), route: plain },
  ]
}

function match(route: DependencyRoute, method?: JsonObject): JsonObject {
  return {
    ...(route.path === undefined ? { prefix: route.prefix ?? '/' } : { path: route.path }),
    ...(method && { headers: [{ name: ':method', string_match: method }] }),
  }
}

function action(dependency: Dependency, route: DependencyRoute): JsonObject {
  return {
    cluster: dependency.cluster_name,
    timeout: protoDuration(route.timeout_ms),
    ...(dependency.host_header === undefined
      ? { auto_host_rewrite: true }
      : { host_rewrite_literal: dependency.host_header }),
  }
}
