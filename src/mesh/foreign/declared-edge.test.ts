import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../core/package-root.ts'
import { matchRoute } from '../policy.ts'
import { declaredFromXds } from './declared-from-xds.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'

const declared = async (name: string) =>
  declaredFromXds(await readEnvoyYaml(join(packageRoot(), 'fixtures', 'foreign', `${name}.yaml`), name))

test('what an edge promises, with the lines that say so', async () => {
  const [listener] = (await declared('edge')).listeners ?? []
  expect(listener).toMatchObject({ normalizePath: true, mergeSlashes: true, escapedSlashes: 'redirect' })
  const { lines, ...promises } = listener?.edge ?? { lines: {} }
  expect(promises).toEqual({
    statPrefix: 'public',
    bodyLimitBytes: 1024,
    requestTimeoutMs: 500,
    streamIdleTimeoutMs: 300,
    connections: { idleTimeoutMs: 400, maxDurationMs: 10_000, maxRequests: 20, drainMs: 5000 },
    client: { useRemoteAddress: true, trustedHops: 1, skipAppend: false, internal: ['10.0.0.0/8'] },
  })
  const texts = Object.fromEntries(Object.entries(lines).map(([key, line]) => [key, line.text.trim()]))
  expect(texts).toMatchObject({
    bodyLimit: 'max_request_bytes: 1024',
    requestTimeout: 'request_timeout: 0.5s',
    idle: 'idle_timeout: 0.4s',
    maxRequests: 'max_requests_per_connection: 20',
    trustedHops: 'xff_num_trusted_hops: 1',
  })
})

test('a route has a limit of its own', async () => {
  const policy = await declared('edge')
  const limitOf = (path: string) => matchRoute(policy, { host: 'shop.example', method: 'PUT', path })?.bodyLimitBytes
  expect([limitOf('/upload/1'), limitOf('/items')]).toEqual([8192, undefined])
})

test('where nothing is said, the defaults of Envoy', async () => {
  const listeners = (await declared('two-callers')).listeners ?? []
  expect(listeners.map(({ name, edge }) => [name, edge?.statPrefix])).toEqual([
    ['from-web', 'web'],
    ['from-batch', 'batch'],
  ])
  expect(listeners[0]?.edge).toMatchObject({
    requestTimeoutMs: 0,
    streamIdleTimeoutMs: 300_000,
    connections: { idleTimeoutMs: 3_600_000, maxDurationMs: 0, maxRequests: 0 },
    client: { useRemoteAddress: false, trustedHops: 0, skipAppend: false, internal: [] },
  })
})
