// The reference pipeline as deployed: one template into a running emulator, objects in at one end, lines out at the other,
// what cannot be read parked, and drained again.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expandArgs, loadPipelineConfig, type PipelineConfig } from '../../pipeline/config.ts'
import { resourceNames } from '../../pipeline/function-roles.ts'
import { tasksNamed } from '../../pipeline/named-objects.ts'
import { compileTemplate, servicesOf } from '../../pipeline/template.ts'
import { startTestEmulator, type TestEmulator } from '../emulator/test-emulator.ts'
import { type AwsClients, awsClients } from './aws-clients.ts'
import { bundleFunctions } from './bundle.ts'
import { createStack, createSurroundings, uploadCode } from './deploy-stack.ts'

const bucket = 'shaketable-logs'
/** How often the sink took each line, by object. */
const taken = new Map<string, Map<number, number>>()

let sink: Server
let running: TestEmulator
let aws: AwsClients
let config: PipelineConfig

beforeAll(async () => {
  sink = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { object, lines } = JSON.parse(Buffer.concat(chunks).toString())
      const counts = taken.get(object) ?? new Map<number, number>()
      taken.set(object, counts)
      for (const [line] of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  config = await loadPipelineConfig('fixtures/pipeline/config.yml')
  const zips = await bundleFunctions({ handlerPath: config.handler.path })
  const keys = Object.fromEntries(Object.keys(zips).map((role) => [role, `${role}.zip`])) as Parameters<
    typeof compileTemplate
  >[1]['code']['keys']
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`
  const template = compileTemplate(config, {
    stackName: config.stackName,
    code: { bucket: 'code', keys },
    handlerArgs: expandArgs(config.handler.args, { SINK_URL: url }),
  })
  running = await startTestEmulator({ services: servicesOf(template), asyncRetryMs: [100, 200] })
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
})

const put = (key: string, body: Uint8Array | string) =>
  aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
const linesOf = (count: number) => Array.from({ length: count }, (_, index) => JSON.stringify({ n: index })).join('\n')
const times = (key: string) => [...(taken.get(`${bucket}/${key}`)?.values() ?? [])]

async function parked(): Promise<readonly { readonly id: string; readonly tasks: ReturnType<typeof tasksNamed> }[]> {
  const TableName = resourceNames(config, config.stackName).table
  const { Items = [] } = await aws.dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }))
  return Items.map(({ request_id, argument }) => ({
    id: request_id?.S ?? '',
    tasks: tasksNamed(argument?.S ?? ''),
  })).toSorted((a, b) => (a.tasks[0]?.object ?? '').localeCompare(b.tasks[0]?.object ?? ''))
}

/** The last look, wanted or not; an expectation then says what is wrong with it. */
async function untilParked(isWanted: (items: Awaited<ReturnType<typeof parked>>) => boolean) {
  let items = await parked()
  for (let looks = 0; !isWanted(items) && looks < 400; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    items = await parked()
  }
  return items
}

test('every line once, whatever the key, through both lanes', async () => {
  await put('fast/a b+c/ü.json', linesOf(3))
  await put('slow/x.json.gz', gzipSync(linesOf(2500)))
  await put('fast/empty.json', new Uint8Array(0))
  await put('ignored/y.json', linesOf(1))
  await running.until('lines', () => times('fast/a b+c/ü.json').length === 3 && times('slow/x.json.gz').length === 2500)
  expect(new Set([...times('fast/a b+c/ü.json'), ...times('slow/x.json.gz')])).toEqual(new Set([1]))
  expect(running.results.filter(({ error }) => error !== undefined)).toEqual([])
})

test('what cannot be read is parked exactly, and parked again exactly after a drain', async () => {
  const broken = gzipSync(linesOf(5))
  broken.writeUInt32LE(1, broken.length - 8)
  await put('fast/bad.json', '1\nx\n3\ny\nz\n6\n')
  await put('fast/broken.gz', broken)
  const wanted = [
    [
      {
        object: `${bucket}/fast/bad.json`,
        lines: [
          { first: 2, last: 2 },
          { first: 4, last: 5 },
        ],
      },
    ],
    [{ object: `${bucket}/fast/broken.gz` }],
  ]
  const before = await untilParked((items) => items.length === 2)
  expect(before.map(({ tasks }) => tasks)).toEqual(wanted)
  expect(times('fast/bad.json')).toEqual([1, 1, 1])

  const FunctionName = `${config.stackName}-drain`
  const drained = await aws.lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }))
  expect(JSON.parse(Buffer.from(drained.Payload ?? []).toString())).toMatchObject({ drained: 2, records: 2, failed: 0 })
  const ids = new Set(before.map(({ id }) => id))
  const after = await untilParked((items) => items.length === 2 && items.every(({ id }) => !ids.has(id)))
  expect(after.map(({ tasks }) => tasks)).toEqual(wanted)
  expect(times('fast/bad.json')).toEqual([1, 1, 1])
  expect(times('fast/broken.gz')).toEqual([])
})

test('a million lines in time and memory', async () => {
  await put('slow/million.json', linesOf(1_000_000))
  await running.until('a million lines', () => times('slow/million.json').length === 1_000_000)
  expect(times('slow/million.json').every((count) => count === 1)).toBe(true)
})
