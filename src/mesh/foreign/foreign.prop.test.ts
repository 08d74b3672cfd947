// Whatever a user's file holds in place of what it should hold, it is read, refused as bad input, or left to Envoy to judge:
// nothing of ours breaks, and no address of the user's is left.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { InputError } from '../../core/errors.ts'
import type { Json } from '../xds.ts'
import { readConfigDump } from './read-config-dump.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { rewriteForeign } from './rewrite-foreign.ts'
import { runnableForeign } from './runnable.ts'
import { snakeCase } from './snake-case.ts'
import { fixture, planOf, readYaml } from './test-foreign.ts'

const files = ['edge-tls.yaml', 'side-car.yaml', 'grpc-bridge.yaml', 'shadow.yaml', 'recorded.config_dump.json']
const originals = files.map((file) => ({ file, value: parse(readFileSync(fixture(file), 'utf8')) as Json }))

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>('EDS', 'ORIGINAL_DST', { typed_config: { '@type': 'x/y.v3.Z' } }, [{ name: 'a' }], { name: 7 }),
)

/** One place in it holds something else. */
const broken = fc
  .tuple(fc.constantFrom(...originals), fc.array(fc.nat(1000), { maxLength: 14 }), value)
  .map(([{ file, value: original }, steps, other]) => ({ file, value: replaced(original, steps, other) }))

function replaced(here: Json, [step, ...rest]: readonly number[], other: Json): Json {
  if (step === undefined || typeof here !== 'object' || here === null) return other
  const keys = Object.keys(here)
  const key = keys[step % Math.max(keys.length, 1)]
  if (key === undefined) return other
  const inner = replaced((here as Record<string, Json>)[key] ?? null, rest, other)
  return Array.isArray(here) ? here.with(Number(key), inner) : { ...here, [key]: inner }
}

test('a file with anything in it is read, or refused as bad input', async () => {
  await fc.assert(
    fc.asyncProperty(broken, async ({ file, value: given }) => {
      try {
        const read = await readYaml(JSON.stringify(given), file.endsWith('.json') ? readConfigDump : readEnvoyYaml)
        const runnable = runnableForeign(read)
        const run = rewriteForeign(runnable, planOf(runnable))
        for (const { address } of run.listeners) {
          expect(address).toMatchObject({ socket_address: { address: '127.0.0.1' } })
        }
        runnable.lineOf('/listeners/0/filter_chains/0/filters/0')
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        expect(error.message).not.toMatch(/undefined|\[object/)
      }
    }),
    { numRuns: 40 },
  )
})

test('snake_case is a matter of once', () => {
  fc.assert(
    fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (given) => {
      const once = snakeCase(given)
      expect(snakeCase(once)).toEqual(once)
    }),
  )
})
