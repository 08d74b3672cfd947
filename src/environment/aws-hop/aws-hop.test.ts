import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { askHttp1, askHttp2, invocation16, sdkHeaders, testHop } from './test-hop.ts'

const kinesis = sdkHeaders('kinesis', { 'x-amz-target': 'Kinesis_20131202.PutRecords' })
const records = (...texts: readonly string[]) =>
  JSON.stringify({
    StreamName: 's',
    Records: texts.map((text) => ({ Data: Buffer.from(text).toString('base64'), PartitionKey: 'p' })),
  })
const getObject = { method: 'GET', path: '/logs/a%20b.gz?x-id=GetObject', headers: sdkHeaders('s3') }

describe.each([
  ['HTTP/1.1', askHttp1],
  ['HTTP/2', askHttp2],
])('%s', (_name, ask) => {
  test('is handed on as it is, and told', async () => {
    await using it = await testHop(undefined, (_, response, body) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r' })
      response.end(JSON.stringify({ FailedRecordCount: 0, got: body.length }))
    })
    const body = records('obj:b/1', 'obj:b/2')
    const told = it.told()
    const answer = await ask(it.hop.port, { path: '/', headers: kinesis, body })
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ FailedRecordCount: 0, got: body.length }) })
    expect(it.arrived).toEqual([{ line: 'POST /', body }])
    const call = await told
    expect(call).toEqual({
      kind: 'aws-called',
      atMs: expect.any(Number),
      startMs: expect.any(Number),
      function: 'main',
      functionName: 'logs-main',
      invocation16,
      service: 'kinesis',
      operation: 'PutRecords',
      objects: ['b/1', 'b/2'],
      entries: 2,
      refused: 0,
      status: 200,
      applied: true,
    })
    expect(call.atMs).toBeGreaterThanOrEqual(call.startMs)
  })

  test('large answers come whole', async () => {
    await using it = await testHop(undefined, (_, response) => response.end('x'.repeat(3_000_000)))
    const listed = { path: '/', headers: { ...kinesis, 'x-amz-target': 'Kinesis_20131202.GetRecords' }, body: '{}' }
    expect((await ask(it.hop.port, listed)).body).toHaveLength(3_000_000)
  })

  test('throttled: in the shape of the service, and nothing arrives', async () => {
    await using it = await testHop({ throttle: true })
    const told = it.told()
    const answer = await ask(it.hop.port, { path: '/', headers: kinesis, body: records('obj:b/1') })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ __type: 'ProvisionedThroughputExceededException' })
    expect(it.arrived).toEqual([])
    expect(await told).toMatchObject({
      status: 400,
      error: 'ProvisionedThroughputExceededException',
      applied: false,
      fault: 'planned',
      detail: 'as planned',
    })
  })

  test('reset before: nothing arrives', async () => {
    await using it = await testHop({ reset: 'before' })
    const told = it.told()
    expect((await ask(it.hop.port, { path: '/', headers: kinesis, body: records('x') })).error).toBeDefined()
    expect(it.arrived).toEqual([])
    expect(await told).toMatchObject({ status: 0, error: 'reset', applied: false, fault: 'planned' })
  })

  test('lost response: it was carried out', async () => {
    await using it = await testHop({ reset: 'after' })
    const told = it.told()
    expect((await ask(it.hop.port, { path: '/', headers: kinesis, body: records('x') })).error).toBeDefined()
    expect(it.arrived).toHaveLength(1)
    expect(await told).toMatchObject({ status: 0, error: 'reset', applied: true, fault: 'planned' })
  })

  test('entries of PutRecords are refused, and the others go on', async () => {
    await using it = await testHop({ refuseEntries: [1] }, (_, response, body) => {
      const { Records } = JSON.parse(body) as { Records: readonly { Data: string }[] }
      response.end(
        JSON.stringify({ FailedRecordCount: 0, Records: Records.map(({ Data }) => ({ SequenceNumber: Data })) }),
      )
    })
    const told = it.told()
    const answer = await ask(it.hop.port, { path: '/', headers: kinesis, body: records('a', 'b', 'c') })
    expect(JSON.parse(answer.body ?? '')).toMatchObject({
      FailedRecordCount: 1,
      Records: [
        { SequenceNumber: 'YQ==' },
        { ErrorCode: 'ProvisionedThroughputExceededException' },
        { SequenceNumber: 'Yw==' },
      ],
    })
    expect(JSON.parse(it.arrived[0]?.body ?? '').Records).toHaveLength(2)
    expect(await told).toMatchObject({ status: 200, applied: true, entries: 3, refused: 1, fault: 'planned' })
  })

  test('where all entries are refused, nothing arrives', async () => {
    await using it = await testHop({ refuseEntries: [0] })
    const told = it.told()
    const answer = await ask(it.hop.port, { path: '/', headers: kinesis, body: records('a') })
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ FailedRecordCount: 1 })
    expect(it.arrived).toEqual([])
    expect(await told).toMatchObject({ status: 200, applied: false, entries: 1, refused: 1 })
  })

  test('crash: the process is named, and its connection ends once it is gone', async () => {
    await using it = await testHop({ crash: 'after' })
    const told = it.told()
    const asked = ask(it.hop.port, { path: '/', headers: kinesis, body: records('a') })
    while (it.crashed.length === 0) await sleep(5)
    expect(it.crashed).toEqual([invocation16])
    await it.hop.stop()
    expect((await asked).error).toBeDefined()
    expect(await told).toMatchObject({ status: 0, error: 'reset', applied: true })
  })
})

describe('bodies', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x')

  test('are cut at their share', async () => {
    await using it = await testHop({ cutBodyRatio: 0.25 }, (_, response) => {
      response.writeHead(200, { 'content-length': megabyte.length })
      response.end(megabyte)
    })
    const told = it.told()
    const { status, body, error } = await askHttp1(it.hop.port, getObject)
    expect({ status, error, bytes: body?.length }).toEqual({
      status: 200,
      error: 'ECONNRESET',
      bytes: megabyte.length / 4,
    })
    expect(await told).toMatchObject({ status: 0, error: 'cut', applied: true, objects: ['logs/a b.gz'] })
  })

  test('without a length as well; an empty one is a reset', async () => {
    await using chunked = await testHop({ cutBodyRatio: 0.5 }, (_, response) => {
      response.write('1234')
      response.end('5678')
    })
    expect(await askHttp1(chunked.hop.port, getObject)).toMatchObject({ error: 'ECONNRESET', body: '1234' })
    await using empty = await testHop({ cutBodyRatio: 0.5 }, (_, response) => response.end())
    expect(await askHttp1(empty.hop.port, getObject)).toMatchObject({ error: 'ECONNRESET' })
  })

  test('come at their rate', async () => {
    await using it = await testHop({ bodyBytesPerSecond: 1000 }, (_, response) => response.end('x'.repeat(300)))
    const startMs = performance.now()
    expect((await askHttp1(it.hop.port, getObject)).body).toHaveLength(300)
    // Timers may fire a little early, never half of it.
    expect(performance.now() - startMs).toBeGreaterThan(250)
  })

  test('are taken from the emulator no faster than the caller takes them', async () => {
    let made = 0
    await using it = await testHop(undefined, async (_, response) => {
      response.on('error', () => undefined)
      while (!response.destroyed) {
        made += megabyte.length
        if (!response.write(megabyte)) await once(response, 'drain').catch(() => undefined)
      }
    })
    const told = it.told()
    const outgoing = request({ host: '127.0.0.1', port: it.hop.port, ...getObject, agent: false }).end()
    outgoing.on('error', () => undefined)
    const [incoming] = await once(outgoing, 'response')
    incoming.on('error', () => undefined)
    let before = -1
    while (before !== made) {
      before = made
      await sleep(100)
    }
    // Socket buffers on four sides, far from endless.
    expect(made).toBeLessThan(64 * megabyte.length)
    outgoing.destroy()
    expect(await told).toMatchObject({ status: 0, error: 'aborted', applied: true })
  })

  test('of uploads are streamed, whatever their size', async () => {
    await using it = await testHop(undefined, (_, response, body) => response.end(String(body.length)))
    const body = 'y'.repeat(20 * 1024 * 1024)
    const put = { method: 'PUT', path: '/logs/big', headers: { ...sdkHeaders('s3'), expect: '100-continue' } }
    expect((await askHttp1(it.hop.port, { ...put, body })).body).toBe(String(body.length))
    // Past what is looked into, other calls go on unread.
    expect((await askHttp1(it.hop.port, { path: '/', headers: kinesis, body })).body).toBe(String(body.length))
    expect(it.calls.map(({ objects }) => objects)).toEqual([['logs/big'], []])
  })
})

describe('the truth', () => {
  test("about the emulator's own errors", async () => {
    await using it = await testHop(undefined, (_, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      response.end('{"__type":"ResourceNotFoundException"}')
    })
    const told = it.told()
    await askHttp1(it.hop.port, { path: '/', headers: kinesis, body: records('a') })
    expect(await told).toMatchObject({ status: 400, error: 'ResourceNotFoundException', applied: false })
  })

  test('about an emulator that is dead', async () => {
    await using it = await testHop()
    it.stopOrigin()
    const told = it.told()
    expect(await askHttp1(it.hop.port, getObject)).toEqual({ error: 'ECONNRESET' })
    const call = await told
    expect(call).toMatchObject({ status: 0, error: 'reset', applied: false })
    expect(call.detail).toMatch(/^the emulator gave no answer: ECONNREFUSED/)
    expect(call.fault).toBeUndefined()
  })

  test('about a caller that hung up: carried out all the same', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<() => void>()
    await using it = await testHop(undefined, (_, response) => arrive(() => response.end('{}')))
    const told = it.told()
    const caller = new AbortController()
    const asked = askHttp1(it.hop.port, { path: '/', headers: kinesis, body: records('a'), signal: caller.signal })
    const answer = await arrived
    caller.abort()
    expect((await asked).error).toBe('ABORT_ERR')
    answer()
    expect(await told).toMatchObject({ status: 0, error: 'aborted', applied: true })
  })

  test('about a caller that hung up during a delay: nothing arrives', async () => {
    await using it = await testHop({ delayMs: 60_000 })
    const told = it.told()
    const caller = new AbortController()
    const asked = askHttp1(it.hop.port, { ...getObject, signal: caller.signal })
    while (it.seen.length === 0) await sleep(5)
    caller.abort()
    await asked
    expect(await told).toMatchObject({ status: 0, error: 'aborted', applied: false, fault: 'planned' })
    expect(it.arrived).toEqual([])
  })

  test('about what is under way when the hop stops before an emulator that does not answer', async () => {
    await using it = await testHop(undefined, () => undefined)
    const asked = askHttp1(it.hop.port, getObject)
    while (it.arrived.length === 0) await sleep(5)
    await it.hop.stop()
    expect((await asked).error).toBe('ECONNRESET')
    expect(it.calls).toMatchObject([{ status: 0, applied: false }])
  })

  test('about an action that does not fit the call', async () => {
    await using it = await testHop({ refuseEntries: [0] })
    await askHttp1(it.hop.port, getObject)
    expect(it.calls[0]?.fault).toBeUndefined()
    expect(it.calls[0]).toMatchObject({ status: 200, applied: true })
  })
})

test("the handler's downstream: its calls belong to who read the object", async () => {
  await using it = await testHop()
  await askHttp1(it.hop.port, getObject)
  const body = JSON.stringify({ object: 'logs/a b.gz', lines: [[1, 'x']] })
  await askHttp1(it.hop.port, { path: '/_sink/deliver', headers: { 'content-type': 'application/json' }, body })
  expect(it.arrived[1]).toEqual({ line: 'POST /deliver', body })
  expect(it.calls[1]).toMatchObject({
    service: 'sink',
    operation: 'Deliver',
    function: 'main',
    invocation16,
    objects: ['logs/a b.gz'],
  })
})

test('calls for other hosts are refused', async () => {
  await using it = await testHop()
  const headers = { ...sdkHeaders('s3'), host: 'evil.example' }
  expect(await askHttp1(it.hop.port, { ...getObject, headers })).toMatchObject({ status: 403 })
  expect(it.arrived).toEqual([])
  expect(it.calls).toEqual([])
})

test('a preface that comes byte by byte, and garbage, do no harm', async () => {
  await using it = await testHop()
  for (const bytes of ['P', 'PR', '\u0000\u0001\u0002', 'PRI * nonsense\r\n\r\n', 'GET\r\n\r\n']) {
    const socket = connect(it.hop.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    for (const byte of bytes) socket.write(byte)
    socket.destroy()
  }
  expect(await askHttp1(it.hop.port, getObject)).toMatchObject({ status: 200 })
})
