// The operator's commands against the reference pipeline in a running emulator: what is parked is listed, drained and parked
// again; a lane gets other limits; and a target that is not there, or does not answer, is one clear error.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestEmulator, type TestEmulator } from '../../environment/emulator/test-emulator.ts'
import { type AwsClients, awsClients } from '../../environment/pipeline/aws-clients.ts'
import { bundleFunctions } from '../../environment/pipeline/bundle.ts'
import { createStack, createSurroundings, uploadCode } from '../../environment/pipeline/deploy-stack.ts'
import { expandArgs, loadPipelineConfig } from '../../pipeline/config.ts'
import { functionRoles } from '../../pipeline/function-roles.ts'
import { compileTemplate, servicesOf } from '../../pipeline/template.ts'
import { expectOneError, playground } from '../test-rig.ts'
import { smallConfig } from './test-pipeline.ts'

const configFile = new URL('../../../fixtures/pipeline/config.yml', import.meta.url).pathname
const bucket = 'shaketable-logs'
const where = playground()
/** Lines that the sink took, by object. */
const taken = new Map<string, number>()
let sink: Server
let running: TestEmulator
let aws: AwsClients

beforeAll(async () => {
  sink = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { object, lines } = JSON.parse(Buffer.concat(chunks).toString())
      taken.set(object, (taken.get(object) ?? 0) + lines.length)
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const config = await loadPipelineConfig(configFile)
  const zips = await bundleFunctions({ handlerPath: config.handler.path })
  const keys = Object.fromEntries(functionRoles.map((role) => [role, `${role}.zip`])) as Record<
    (typeof functionRoles)[number],
    string
  >
  const template = compileTemplate(config, {
    stackName: config.stackName,
    code: { bucket: 'code', keys },
    handlerArgs: expandArgs(config.handler.args, {
      SINK_URL: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
    }),
  })
  running = await startTestEmulator({ services: servicesOf(template), asyncRetryMs: [50, 100] })
  aws = awsClients(running.emulator.endpoint)
  await createSurroundings(config, [bucket], aws)
  await uploadCode(zips, 'code', aws)
  await createStack(config.stackName, template, aws)
})
afterAll(async () => {
  aws?.destroy()
  await running?.[Symbol.asyncDispose]()
  sink?.closeAllConnections()
  sink?.close()
  where[Symbol.dispose]()
})

const pipeline = (...args: readonly string[]) =>
  where.shaketable(['pipeline', ...args, '--config', configFile], {
    env: { AWS_ENDPOINT_URL: running.emulator.endpoint },
  })

const put = (key: string, body: Uint8Array | string) =>
  aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))

interface Listed {
  readonly parked: number
  readonly items: readonly { readonly requestId: string; readonly objects: readonly { readonly object: string }[] }[]
}

/** What is listed as soon as it is what is wanted; at the end as it is. */
async function listed(isWanted: (listed: Listed) => boolean): Promise<Listed> {
  for (let looks = 0; ; looks++) {
    const { stdout } = await pipeline('errors', '-o', 'json')
    const now = JSON.parse(stdout) as Listed
    if (isWanted(now) || looks > 30) return now
  }
}

const idOf = ({ items }: Listed, key: string) =>
  items.find(({ objects }) => objects[0]?.object === `${bucket}/${key}`)?.requestId ?? ''

test('nothing is parked at first', async () => {
  expect(await pipeline('errors')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^nothing is parked: table/),
  })
  expect(await pipeline('drain', '--all')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^nothing to drain/),
  })
})

test('what is parked is listed, shown, drained by id, and parked again', async () => {
  const broken = gzipSync('{"a":1}\n')
  broken.writeUInt32LE(1, broken.length - 8)
  await put('fast/a b+c.json', '{"a":1}\nx\n{"a":3}\ny\nz\n')
  await put('slow/broken.gz', broken)
  const before = await listed(({ parked }) => parked === 2)
  const [lines, whole] = [idOf(before, 'fast/a b+c.json'), idOf(before, 'slow/broken.gz')]

  const errors = await pipeline('errors')
  expect(errors.stdout).toContain(`${bucket}/fast/a b+c.json, lines 2 and 4-5 -> fast`)
  expect(errors.stdout).toContain(`${bucket}/slow/broken.gz -> slow`)
  const error = await pipeline('error', lines)
  expect(error.stdout).toContain("BadLines: 3 of the object's lines cannot be read: line 2: expected JSON")
  expect(error.stdout).toContain('a drain puts 1 event record back into the fast lane (shaketable-logs-fast)')

  expectOneError(await pipeline('drain', whole, 'no-such-id'), 3, /expected 1 item "no-such-id", found no such/)
  expect((await listed(() => true)).items.map(({ requestId }) => requestId)).toContain(whole)

  const drained = await pipeline('drain', lines, '-o', 'json')
  expect(drained.code).toBe(0)
  expect(JSON.parse(drained.stdout)).toEqual({
    plan: { items: 1, records: { fast: 1, slow: 0 }, staying: 0 },
    result: { drained: 1, records: 1, failed: 0, unfinished: false },
  })
  const after = await listed((now) => !['', lines].includes(idOf(now, 'fast/a b+c.json')))
  expect(after).toMatchObject({ parked: 2 })
  expect(taken.get(`${bucket}/fast/a b+c.json`)).toBe(2)
})

test('a drain of all', async () => {
  const { code, stdout } = await pipeline('drain', '--all')
  expect(stdout).toMatch(
    /^to drain: 2 items of .*1 event record into the fast lane, 1 event record into the slow lane\n/,
  )
  expect(stdout).toMatch(/^drained: 2 items, 2 event records put$/m)
  expect(code).toBe(0)
})

test('limits of a lane, shown and set', async () => {
  expect((await pipeline('limit', 'slow')).stdout).toContain(': delay 0.2 s, batch size 1, below 5 objects a second')
  const set = await pipeline('limit', 'slow', '--delay', '1.5', '--batch-size', '3')
  expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('before: delay 0.2 s, batch size 1') })
  expect((await pipeline('limit', 'slow')).stdout).toContain(': delay 1.5 s, batch size 3, below 2 objects a second')
  expect((await pipeline('limit', 'fast')).stdout).toContain(': delay 0 s, batch size 1, no flow control')
})

test('a stack that is not deployed', async () => {
  where.write('handler.ts', 'export default () => ({ recv() {} })\n')
  const other = where.write('config.yml', smallConfig)
  const run = (...args: readonly string[]) =>
    where.shaketable(['pipeline', ...args, '--config', other, '--endpoint', running.emulator.endpoint])
  expectOneError(
    await run('errors'),
    4,
    /table "demo-logs-errors" at .*does not exist.*\n {2}hint: is the stack "demo-logs"/,
  )
  expectOneError(await run('drain', '--all'), 4, /table "demo-logs-errors" at .*does not exist/)
  expectOneError(await run('limit', 'fast'), 4, /function "demo-logs-dispatcher-fast" at .*does not exist/)
})

test('an emulator that is frozen', async () => {
  await running.emulator.freeze()
  try {
    expectOneError(
      await pipeline('errors'),
      4,
      /table "shaketable-logs-errors" at .*: expected an answer, found none in time/,
    )
  } finally {
    await running.emulator.thaw()
  }
})
