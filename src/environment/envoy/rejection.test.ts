import { describe, expect, test } from 'vitest'
import { readRejection } from './rejection.ts'

describe('lines of Envoy 1.40.0', () => {
  test('a route', () => {
    const text =
      'REST config for /v3/discovery:routes rejected: Only unique values for domains are permitted. Duplicate entry of domain ab-testing in route s1-book'
    expect(readRejection(text)).toEqual({
      type: 'routes',
      reason: 'Only unique values for domains are permitted. Duplicate entry of domain ab-testing in route s1-book',
    })
  })

  test('a single cluster among good ones', () => {
    const text =
      "REST config for /v3/discovery:clusters rejected: Error adding/updating cluster(s) s1-user-development: cluster manager: cluster provided LB specified but cluster 's1-user-development' did not provide one. Check cluster documentation."
    expect(readRejection(text)).toEqual({
      type: 'clusters',
      reason:
        "s1-user-development: cluster manager: cluster provided LB specified but cluster 's1-user-development' did not provide one. Check cluster documentation.",
    })
  })

  test('a constraint: the dump of the resource goes, its name stays', () => {
    const text =
      'REST config for /v3/discovery:clusters rejected: goo.gle/debugonly  \nname: "s1-user-development"\ntype: STATIC\noutlier_detection {\n  max_ejection_percent {\n    value: 500\n  }\n}\n: Proto constraint validation failed (ClusterValidationError.OutlierDetection: embedded message failed validation | caused by OutlierDetectionValidationError.MaxEjectionPercent: value must be less than or equal to 100)'
    expect(readRejection(text)).toEqual({
      type: 'clusters',
      reason:
        's1-user-development: Proto constraint validation failed (ClusterValidationError.OutlierDetection: embedded message failed validation | caused by OutlierDetectionValidationError.MaxEjectionPercent: value must be less than or equal to 100)',
    })
  })

  test('JSON that is no config: the config goes, the place stays', () => {
    const text =
      'REST config for /v3/discovery:clusters rejected: Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON  in envoy.service.discovery.v3.DiscoveryResponse @   resources[0].<any>.outlier_detection.consecutive_5xx: message google.protobuf.UInt32Value,   near 1:524 (offset 523): invalid number: \'many\'): {"version_info":"60754449ab88f506","resources":[]}'
    expect(readRejection(text)?.reason).toBe(
      "Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON in envoy.service.discovery.v3.DiscoveryResponse @ resources[0].<any>.outlier_detection.consecutive_5xx: message google.protobuf.UInt32Value, near 1:524 (offset 523): invalid number: 'many')",
    )
  })

  test('a duration', () => {
    const text =
      'REST config for /v3/discovery:clusters rejected: Invalid duration: Expected positive duration: goo.gle/debugproto   \nseconds: -1'
    expect(readRejection(text)?.reason).toBe('Invalid duration: Expected positive duration: seconds: -1')
  })
})

test('other lines tell of no refusal', () => {
  for (const text of ['REST update for /v3/discovery:routes failed', 'caught ENVOY_SIGTERM', ''])
    expect(readRejection(text)).toBeUndefined()
})

test('reasons have a limit', () => {
  const reason = readRejection(`REST config for /v3/discovery:routes rejected: ${'x'.repeat(10_000)}`)?.reason
  expect(reason).toHaveLength(503)
})
