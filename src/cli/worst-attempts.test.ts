import { expect, test } from 'vitest'
import type { FaultRecord } from '../core/scenario-record.ts'
import { syntheticFault, syntheticScenario } from '../core/synthetic-history.ts'
import { declaredPolicy } from '../mesh/declared-policy.ts'
import { parseDefinition } from '../mesh/definition.ts'
import { worstAttempts } from './worst-attempts.ts'

const policy = declaredPolicy(
  parseDefinition(
    `version: 1
dependencies:
  - name: user
    cluster_name: user
    lb: user:80
    tls: false
    connect_timeout_ms: 250
    routes: [{ prefix: /, timeout_ms: 1000, retry_policy: { retry_on: 5xx, num_retries: 3, per_try_timeout_ms: 100 } }]
`,
    'user.yaml',
    'yaml',
  ),
  'user',
)
const worst = (...faults: readonly Partial<FaultRecord>[]) => {
  const [traffic] = syntheticScenario().traffic
  if (traffic === undefined) throw new Error('no traffic')
  const request = { ...traffic.request, host: 'user', method: 'GET', path: '/' }
  return worstAttempts(
    syntheticScenario({ traffic: [{ ...traffic, request }], faults: faults.map(syntheticFault) }),
    policy,
  )
}

test('retries of the route, thinned by the ratios of what makes attempts fail', () => {
  expect(worst()).toBe(1)
  expect(worst({ kind: 'abort', config: { status: 503 } })).toBe(4)
  expect(worst({ kind: 'abort', config: { status: 503, ratio: 0.1 } })).toBeCloseTo(1.3)
  expect(worst({ kind: 'abort', config: { ratio: 0.9 } }, { kind: 'delay', config: { ratio: 0.9 } })).toBe(4)
})

test('what makes no attempt fail causes no retries', () => {
  expect(worst({ kind: 'push', target: 'control-plane', config: {} })).toBe(1)
  expect(worst({ kind: 'leave', target: 'user', config: {} })).toBe(1)
})
