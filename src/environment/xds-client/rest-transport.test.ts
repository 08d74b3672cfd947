import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { clusterTypeUrl, type Json } from '../../mesh/xds.ts'
import type { Answer } from './discovered.ts'
import { restTransport } from './rest-transport.ts'
import type { Transport } from './transport.ts'

let transport: Transport | undefined
let close = () => {}
afterEach(() => {
  transport?.close()
  close()
})

interface Asked {
  readonly path: string
  readonly body: Readonly<Record<string, Json>>
}

async function rig(serve: (asked: Asked, count: number) => readonly [number, string]) {
  const asked: Asked[] = []
  const seen = { answers: [] as Answer[], problems: [] as string[], nothing: [] as string[], asked }
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const one = { path: request.url ?? '', body: JSON.parse(await text(request)) }
    asked.push(one)
    const [status, body] = serve(one, asked.length)
    response.writeHead(status).end(body)
    look()
  }
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => void server.close()
  let look = () => {}
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => condition() && resolve()
      look()
    })
  const opened = restTransport({
    port: (server.address() as AddressInfo).port,
    node: { id: 'book-1', cluster: 'book' },
    onAnswer: (answer) => seen.answers.push(answer),
    onNothing: (type) => seen.nothing.push(type),
    onProblem: (problem) => seen.problems.push(problem),
    onUnknownField: () => {},
  })
  transport = opened
  return { ...seen, until, opened }
}

const response = (version: string, ...names: readonly string[]) =>
  JSON.stringify({ version_info: version, resources: names.map((name) => ({ '@type': clusterTypeUrl, name })) })

test('it introduces itself as Envoy does, and tells what it holds', async () => {
  const { asked, answers, until, opened } = await rig(({ body }) =>
    body.version_info === '7' ? [304, ''] : [200, response('7', 'a')],
  )
  opened.ask('clusters', [])
  await until(() => asked.length > 2)
  expect(asked[0]).toMatchObject({
    path: '/v3/discovery:clusters',
    body: { node: { id: 'book-1', cluster: 'book', user_agent_name: 'envoy' }, type_url: clusterTypeUrl },
  })
  expect(asked[0]?.body).not.toHaveProperty('version_info')
  expect(asked[2]?.body).toMatchObject({ version_info: '7' })
  expect(answers).toHaveLength(1)
  expect(answers[0]).toMatchObject({ type: 'clusters', isWhole: true, resources: [{ name: 'a' }] })
})

test('a change is told, names are asked for, and asking for the same again does nothing', async () => {
  const { asked, answers, until, opened } = await rig((_, count) => [200, response(count < 3 ? '1' : '2', 'a')])
  opened.ask('routes', ['one', 'two'])
  opened.ask('routes', ['one', 'two'])
  await until(() => asked.length > 4)
  expect(asked[0]?.body).toMatchObject({ resource_names: ['one', 'two'] })
  expect(answers).toHaveLength(0) // these are clusters, not routes
  opened.ask('clusters', [])
  await until(() => answers.length > 0)
})

test('what is no answer is told once, however often it comes, and polls go on', async () => {
  const { asked, answers, problems, until, opened } = await rig((_, count) => {
    if (count < 3) return [500, 'no table']
    return count < 6 ? [200, '<html>'] : [200, response('1', 'a')]
  })
  opened.ask('clusters', [])
  await until(() => asked.length > 7)
  expect(problems).toEqual([
    'POST /v3/discovery:clusters gave 500, 200 expected: no table',
    expect.stringContaining('expected a DiscoveryResponse in JSON'),
  ])
  expect(answers).toHaveLength(1)
})

test('404 for listeners and endpoints means that there are none', async () => {
  const { nothing, problems, until, opened } = await rig(() => [404, ''])
  opened.ask('listeners', [])
  await until(() => nothing.length > 1)
  expect(problems).toEqual([])
})
