// Every row of the table of semantics against two running emulators: one with all mends, one with the executor alone. Both
// columns are asserted, so that a mend which is no longer needed is noticed like one that no longer works. They run in a
// time zone that is not UTC.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stopAll } from '../../../core/stop-all.ts'
import { SEMANTICS, type Semantic } from '../semantics.ts'
import { startTestEmulator, type TestEmulator } from '../test-emulator.ts'
import { asyncProbes, type Probe } from './async-probes.ts'
import { functionProbes } from './function-probes.ts'
import { mappingProbes } from './mapping-probes.ts'
import { type ScriptServer, startScriptServer } from './scripted-function.ts'
import { storageProbes } from './storage-probes.ts'
import { createWorld, Differs, type World } from './world.ts'

const probes: Readonly<Record<string, Probe>> = {
  ...asyncProbes,
  ...functionProbes,
  ...mappingProbes,
  ...storageProbes,
}
const services = ['s3', 'sns', 'sqs', 'kinesis', 'lambda', 'dynamodb', 'cloudformation', 'cloudwatch']
const asyncRetryMs = [300, 600] as const
// More than any machine's stock value (cores + 4), as far as processes are affordable.
const asyncParallelism = 10
const pollIntervalMs = 200

let scripts: ScriptServer
const started: TestEmulator[] = []
const worlds: { all?: World; none?: World } = {}

beforeAll(async () => {
  scripts = await startScriptServer()
  for (const mends of ['all', 'none'] as const) worlds[mends] = await startWorld(mends)
})
afterAll(() => stopAll([...started, scripts].map((each) => async () => each[Symbol.asyncDispose]())))

async function startWorld(mends: 'all' | 'none'): Promise<World> {
  const settings = {
    TZ: 'Asia/Tokyo',
    SHAKETABLE_ASYNC_PARALLELISM: String(asyncParallelism),
    LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: String(pollIntervalMs / 1000),
  }
  const live = await startTestEmulator({ mends, services, asyncRetryMs, settings })
  started.push(live)
  return createWorld(live.emulator.endpoint, scripts, {
    asyncRetryMs,
    asyncParallelism,
    pollIntervalMs,
    plan: (name, actions) => void live.plan.set(name, [...actions]),
    askedAtMs: (name) => live.asks.filter((ask) => ask.function === name).map(({ atMs }) => atMs),
  })
}

/** Nothing where AWS's semantic holds; else how it differs. Any other error is the test's own. */
async function difference(world: World | undefined, id: string): Promise<string | undefined> {
  const probe = probes[id]
  if (world === undefined || probe === undefined) throw new Error(`no probe "${id}"`)
  try {
    await probe(world)
    return undefined
  } catch (error) {
    if (error instanceof Differs) return error.message
    throw error
  }
}

test('the table and the probes name the same semantics', () => {
  expect(Object.keys(probes).sort()).toEqual(SEMANTICS.map(({ id }) => id).sort())
})

const rows = SEMANTICS.map((semantic): [string, Semantic] => [semantic.id, semantic])

describe('with all mends', () => {
  test.concurrent.for(rows)('%s', async ([id, { holds }], { expect: expectHere }) => {
    const found = await difference(worlds.all, id)
    if (holds === 'no') expectHere(found).toEqual(expect.any(String))
    else expectHere(found).toBeUndefined()
  })
})

describe('with the executor alone', () => {
  const certain = rows.filter(([, { stockFailsByChance }]) => stockFailsByChance !== true)
  test.concurrent.for(certain)('%s', async ([id, { holds }], { expect: expectHere }) => {
    const found = await difference(worlds.none, id)
    if (holds === 'stock') expectHere(found).toBeUndefined()
    else expectHere(found).toEqual(expect.any(String))
  })
})
