// matchRoute against what the real Envoy 1.40.0 was seen to do (compile.live.test.ts compares them at large).

import { expect, test } from 'vitest'
import { declaredPolicy } from './declared-policy.ts'
import { parseDefinition } from './definition.ts'
import { matchRoute } from './policy.ts'

const policy = declaredPolicy(
  parseDefinition(
    `version: 1
dependencies:
  - name: User
    cluster_name: user
    lb: user:80
    tls: false
    connect_timeout_ms: 250
    routes:
      - { path: /ping, timeout_ms: 1 }
      - { prefix: /api, method: POST, timeout_ms: 2 }
      - { prefix: /api, method: PUT, timeout_ms: 3, retry_policy: { retry_on: 5xx, num_retries: 1, per_try_timeout_ms: 1 } }
      - { prefix: /api, timeout_ms: 4, retry_policy: { retry_on: 5xx, num_retries: 1, per_try_timeout_ms: 1 } }
      - { path: /late, timeout_ms: 5 }
      - { prefix: /l, timeout_ms: 6 }
  - name: "*"
    cluster_name: rest
    sds: true
    tls: false
    connect_timeout_ms: 250
    routes: [{ prefix: /, timeout_ms: 7 }]
`,
    'book.yaml',
    'yaml',
  ),
  'book',
)

test.each([
  // A path ignores the query and nothing else.
  ['user', 'GET', '/ping', 1, false],
  ['user', 'GET', '/ping?x=1', 1, false],
  ['user', 'GET', '/ping/', undefined, false],
  ['user', 'GET', '/PING', undefined, false],
  ['user', 'GET', '/%70ing', undefined, false],
  ['user', 'GET', '//ping', undefined, false],
  // A prefix needs no border, and the query does not count.
  ['user', 'POST', '/apix', 2, false],
  ['user', 'POST', '/api?x', 2, false],
  ['user', 'POST', '/ap?/api', undefined, false],
  // A method belongs to its route only, with a policy or without.
  ['user', 'PUT', '/api', 3, true],
  // Without a method: GET and HEAD are retried, the rest is not.
  ['user', 'GET', '/api', 4, true],
  ['user', 'HEAD', '/api', 4, true],
  ['user', 'DELETE', '/api', 4, false],
  ['user', 'PATCH', '/api', 4, false],
  ['user', 'get', '/api', 4, false],
  // The first match wins.
  ['user', 'GET', '/late', 5, false],
  ['user', 'GET', '/later', 6, false],
  // Hosts: no case, but the port counts; what nobody has goes to the star.
  ['USER', 'GET', '/ping', 1, false],
  ['user:80', 'GET', '/ping', 7, false],
  ['nobody', 'GET', '/ping', 7, false],
])('%s %s %s', (host, method, path, timeoutMs, retried) => {
  const route = matchRoute(policy, { host, method, path })
  expect(route?.timeoutMs).toBe(timeoutMs)
  expect(route?.retry !== undefined).toBe(retried)
})

test('without a star an unknown host has no route', () => {
  const [user] = policy.virtualHosts
  expect(user).toBeDefined()
  if (user === undefined) return
  expect(
    matchRoute({ ...policy, virtualHosts: [user] }, { host: 'nobody', method: 'GET', path: '/ping' }),
  ).toBeUndefined()
})
