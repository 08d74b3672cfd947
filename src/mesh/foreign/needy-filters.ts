// Filters that ask another service about requests, and what each of them asks. A table; nothing is decided here.

import type { JsonObject } from '../xds.ts'
import { at, objectAt, textsIn } from './json-tree.ts'

export interface NeedyFilter {
  /** The name by which everybody knows it, whatever a config calls it. */
  readonly name: string
  readonly needs: string
  /** Absent: always. */
  readonly when?: (config: JsonObject) => boolean
}

const http = 'envoy.extensions.filters.http'
const network = 'envoy.extensions.filters.network'

const asksFor = (...keys: readonly string[]) => {
  return (config: JsonObject) => keys.some((key) => at(config, key) !== undefined)
}

/** By the type of its config. */
export const needyFilters: Readonly<Record<string, NeedyFilter>> = {
  [`${http}.ext_authz.v3.ExtAuthz`]: { name: 'envoy.filters.http.ext_authz', needs: 'an authorization service' },
  [`${http}.ratelimit.v3.RateLimit`]: { name: 'envoy.filters.http.ratelimit', needs: 'a rate limit service' },
  [`${http}.rate_limit_quota.v3.RateLimitQuotaFilterConfig`]: {
    name: 'envoy.filters.http.rate_limit_quota',
    needs: 'a rate limit quota service',
  },
  [`${http}.jwt_authn.v3.JwtAuthentication`]: {
    name: 'envoy.filters.http.jwt_authn',
    needs: 'the keys of an identity provider (remote_jwks)',
    when: (config) =>
      Object.values(objectAt(config, 'providers')).some((provider) => at(provider, 'remote_jwks') !== undefined),
  },
  [`${http}.ext_proc.v3.ExternalProcessor`]: {
    name: 'envoy.filters.http.ext_proc',
    needs: 'an external processor',
  },
  [`${http}.oauth2.v3.OAuth2`]: { name: 'envoy.filters.http.oauth2', needs: 'an OAuth 2 provider' },
  [`${http}.wasm.v3.Wasm`]: {
    name: 'envoy.filters.http.wasm',
    needs: 'a server from which its code is fetched',
    when: (config) => at(config, 'config', 'vm_config', 'code', 'remote') !== undefined,
  },
  [`${http}.dynamic_forward_proxy.v3.FilterConfig`]: {
    name: 'envoy.filters.http.dynamic_forward_proxy',
    needs: 'DNS and whatever host a request names',
  },
  [`${http}.gcp_authn.v3.GcpAuthnFilterConfig`]: {
    name: 'envoy.filters.http.gcp_authn',
    needs: 'a metadata server of the cloud',
  },
  [`${http}.aws_lambda.v3.Config`]: { name: 'envoy.filters.http.aws_lambda', needs: 'AWS Lambda' },
  [`${http}.aws_request_signing.v3.AwsRequestSigning`]: {
    name: 'envoy.filters.http.aws_request_signing',
    needs: 'credentials of AWS',
  },
  [`${http}.credential_injector.v3.CredentialInjector`]: {
    name: 'envoy.filters.http.credential_injector',
    needs: 'an OAuth 2 provider',
    when: (config) => [...textsIn(config)].some((text) => text.endsWith('.oauth2.v3.OAuth2')),
  },
  [`${http}.on_demand.v3.OnDemand`]: {
    name: 'envoy.filters.http.on_demand',
    needs: 'a control plane that brings clusters on demand',
    when: asksFor('odcds'),
  },
  [`${network}.ext_authz.v3.ExtAuthz`]: { name: 'envoy.filters.network.ext_authz', needs: 'an authorization service' },
  [`${network}.ratelimit.v3.RateLimit`]: { name: 'envoy.filters.network.ratelimit', needs: 'a rate limit service' },
  [`${network}.ext_proc.v3.NetworkExternalProcessor`]: {
    name: 'envoy.filters.network.ext_proc',
    needs: 'an external processor',
  },
}
