// The handler of the fixtures against a sink of its own: what it delivers, how it waits, and when it gives up.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import createHandler from '../../fixtures/pipeline/handler.ts'

interface Delivery {
  readonly object: string
  readonly lines: readonly (readonly [number, string])[]
}

let sink: Server
let taken: Delivery[]
let status: () => number
beforeEach(async () => {
  taken = []
  status = () => 200
  sink = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.statusCode = status()
      if (response.statusCode === 200) taken.push(JSON.parse(Buffer.concat(chunks).toString()))
      response.end()
    })
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  sink.closeAllConnections()
  sink.close()
})

async function deliver(lines: number): Promise<number> {
  const handler = createHandler()
  await handler.setup?.({ url: `http://127.0.0.1:${(sink.address() as AddressInfo).port}` })
  let waits = 0
  for (let line = 1; line <= lines; line++) {
    const meta = { tag: '', timestamp: 0, source: { bucket: 'logs', key: 'a b', line }, message: `text ${line}` }
    const pending = handler.recv(meta, {})
    if (pending === undefined) continue
    waits++
    await pending
  }
  await handler.result?.()
  return waits
}

test('every line once, at most 1000 in a parcel', async () => {
  expect(await deliver(2500)).toBe(2)
  expect(taken.map(({ object, lines }) => [object, lines.length])).toEqual([
    ['logs/a b', 1000],
    ['logs/a b', 1000],
    ['logs/a b', 500],
  ])
  expect(taken.flatMap(({ lines }) => lines.map(([line]) => line))).toEqual(
    Array.from({ length: 2500 }, (_, index) => index + 1),
  )
})

test('nothing to deliver, nothing sent', async () => {
  await deliver(0)
  expect(taken).toEqual([])
})

test('a refusal is tried again, once it is over all is delivered once', async () => {
  let calls = 0
  status = () => (++calls <= 2 ? 503 : 200)
  await deliver(3)
  expect(taken.map(({ lines }) => lines.length)).toEqual([3])
})

test('a sink that refuses for good fails the object', async () => {
  status = () => 503
  await expect(deliver(1)).rejects.toThrow('the sink did not take the lines after 4 tries: status 503')
})

test('no URL is said at once', () => {
  expect(() => createHandler().setup?.({})).toThrow('handler.args.url: expected the URL of the sink')
})
