// The real Envoy as judge of what we read from the wire: what others encoded and we decoded stands in a static config, which
// Envoy reads strictly. A misspelt name, a wrong duration or a lost type would be refused.

import { expect, test } from 'vitest'
import { loadApi, packed } from '../../../fixtures/foreign/control-plane/ads.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { runBounded } from '../tools/bounded-command.ts'
import { ensureEnvoy } from '../tools/envoy-tool.ts'
import { decodeAny } from './decode-message.ts'
import { everythingCluster, everythingListener, everythingRoutes } from './everything.sample.ts'
import { writeField } from './wire.ts'

const envoy = (await ensureEnvoy()).path
const api = loadApi()

function throughTheWire(json: JsonObject): JsonObject {
  const { type_url: url, value } = packed(api, json as JsonObject & { '@type': string })
  const { '@type': _, ...decoded } = decodeAny(Buffer.concat([writeField(1, url), writeField(2, Buffer.from(value))]))
  return decoded
}

function validate(change: (text: string) => string = (text) => text) {
  const listener = structuredClone(throughTheWire(everythingListener)) as {
    filter_chains: { filters: { typed_config: Record<string, unknown> }[] }[]
  }
  const manager = listener.filter_chains[0]?.filters[0]?.typed_config ?? {}
  // Static, so that its routes are read strictly, too.
  delete manager.rds
  manager.route_config = throughTheWire(everythingRoutes)
  const bootstrap = {
    node: { id: 'live', cluster: 'live' },
    static_resources: { clusters: [throughTheWire(everythingCluster)], listeners: [listener] },
  }
  const args = ['--mode', 'validate', '--config-yaml', change(JSON.stringify(bootstrap))]
  return runBounded(envoy, args, { timeoutMs: 20_000, outputBytesMax: 1 << 20 })
}

test('every kind of value is accepted', async () => {
  expect(await validate()).toMatchObject({ code: 0 })
})

test.for([
  ['a name', '"num_retries"', '"numretries"'],
  ['a duration', '"0.500s"', '"half"'],
  ['a type', 'fault.v3.HTTPFault', 'fault.v3.HttpFault'],
  ['bytes', 'AAECg/8=', '!!'],
] as const)('%s that is wrong is not, so acceptance means something', async ([, from, to]) => {
  const result = await validate((text) => text.replace(from, to))
  expect(result.code).not.toBe(0)
})
