// What a person can get wrong with the operator's commands, and targets that do not answer: each time one clear error, exit
// 3 or 4, nothing on stdout.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../../main.ts'
import { expectOneError, leftovers, nothing, playground } from '../test-rig.ts'
import { fakeAws, inProcess, putPipeline, smallConfig } from './test-pipeline.ts'

const where = playground()
const smallConfigFile = putPipeline(where)
const file = where.write('a.log', '{"a":1}\n')
const notAws = createServer((_request, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
await once(notAws, 'listening')
const htmlEndpoint = `http://127.0.0.1:${(notAws.address() as AddressInfo).port}`
const aws = await fakeAws([])
afterAll(async () => {
  notAws.closeAllConnections()
  notAws.close()
  await aws[Symbol.asyncDispose]()
  where[Symbol.dispose]()
})

/** Nothing listens on port 1. */
const closed = 'http://127.0.0.1:1'
const handlerOf = (name: string, text: string) => {
  where.write(`${name}/handler.ts`, text)
  return ['--config', where.write(`${name}/config.yml`, smallConfig)]
}
const otherStack = where.write('other/config.yml', {
  ...smallConfig,
  stack_name: 'other',
  handler: { ...smallConfig.handler, path: '../handler.ts' },
})
const local = (...args: readonly string[]) => ['local', file, '--set', 'MODE=x', ...args]
const to = (endpoint: string, ...args: readonly string[]) => [...args, '--endpoint', endpoint]

const cases: readonly (readonly [what: string, args: readonly string[], code: number, message: RegExp])[] = [
  ['no target', ['errors'], 3, /AWS_ENDPOINT_URL, found neither, which means the real AWS\n {2}hint: give --aws/],
  [
    'a target beyond this machine',
    to('http://192.0.2.1:4566', 'drain', '--all'),
    3,
    /192\.0\.2\.1:4566: .*this machine/,
  ],
  ['an endpoint that is none', to('127.0.0.1', 'errors'), 3, /Expected a URL like http:/],
  ['a config that is not there', to(closed, 'errors', '--config', 'no.yml'), 3, /no\.yml: .*found no such file/],
  [
    'an endpoint where nothing listens',
    to(closed, 'errors'),
    4,
    /"demo-logs-errors" at http:\/\/127\.0\.0\.1:1: .*nothing listens there\n {2}hint/,
  ],
  ['an endpoint that is not AWS', to(htmlEndpoint, 'errors'), 4, /expected an answer of AWS, found status 200/],
  [
    'a table that is not there',
    to(aws.endpoint, 'errors', '--config', otherStack),
    4,
    /table "other-errors" at .*does not exist.*\n {2}hint: is the stack "other"/,
  ],
  [
    'a function that is not there',
    to(aws.endpoint, 'limit', 'fast', '--config', otherStack),
    4,
    /function "other-dispatcher-fast" at .*does not exist/,
  ],
  ['an item that is not there', to(aws.endpoint, 'error', 'abc'), 3, /expected 1 item "abc", found no such/],
  ['a drain of nothing', to(closed, 'drain'), 3, /expected request ids, or --all/],
  ['a drain of ids and of all', to(closed, 'drain', 'abc', '--all'), 3, /found both/],
  ['a lane that is none', to(closed, 'limit', 'fsat'), 3, /'fsat' is invalid .*Allowed choices are fast, slow/],
  ['a delay below zero', to(closed, 'limit', 'fast', '--delay', '-1'), 3, /Expected seconds from 0/],
  [
    'a batch of half a record',
    to(closed, 'limit', 'fast', '--batch-size', '0.5'),
    3,
    /Expected a whole number from 1 to 10000/,
  ],
  [
    'a delay beyond the time of the Dispatcher',
    to(aws.endpoint, 'limit', 'slow', '--delay', '290'),
    3,
    /limit slow: expected a delay of at most 239\.8 s, found 290/,
  ],
  ['a command that is none', ['eror'], 3, /unknown command 'eror'\n\(Did you mean error\?\)/],
  [
    'a file that is not there',
    ['local', 'no.log', '--set', 'MODE=x', '--format', 's3-lines'],
    3,
    /no\.log: .*found nothing there/,
  ],
  ['no format', local(), 3, /by --format .*found neither\n {2}hint: .*demo-logs/],
  ['a format that is none', local('--format', 's3-lines,jsn'), 3, /--format s3-lines,jsn: .*did you mean "json"\?/],
  ['a parser without a source', local('--format', 'json'), 3, /write \[s3-lines, json\]/],
  ['a bucket that is none', local('--bucket', 'demo-log'), 3, /--bucket demo-log: .*did you mean "demo-logs"\?/],
  ['a key without a format', local('--bucket', 'demo-logs', '--key', 'b/c'), 3, /key "b\/c": .*"fast\/", "ignored\/"/],
  ['a value for nothing', local('--format', 's3-lines', '--set', 'MODES=y'), 3, /--set MODES: .*did you mean "MODE"\?/],
  [
    'a value that is missing',
    ['local', file, '--format', 's3-lines'],
    3,
    /expected values for MODE, found none; add --set MODE=VALUE/,
  ],
  [
    'a handler with a mistake',
    local('--format', 's3-lines', ...handlerOf('syntax', 'export default (\n')),
    3,
    /handler\.ts:\d+:\d+: expected a handler that loads/,
  ],
  [
    'a handler without a default export',
    local('--format', 's3-lines', ...handlerOf('none', 'export const a = 1\n')),
    3,
    /handler\.ts: expected a default export/,
  ],
  [
    'a handler that throws while loading',
    local('--format', 's3-lines', ...handlerOf('throws', '\nthrow new Error("not today")\n')),
    3,
    /handler\.ts:2:\d+: .*not today/,
  ],
  ['lines of a format that is none', ['sample', '--format', 'xml'], 3, /Allowed choices are s3-lines, json/],
  [
    'poison where everything is good',
    ['sample', '--format', 's3-lines', '--poison-ratio', '0.5'],
    3,
    /no meaning for s3-lines/,
  ],
  ['a file that cannot be written', ['sample', '--to', 'no/where.log'], 3, /cannot write no\/where\.log/],
  ['an event without a key', ['sample', 'event', '--bucket', 'logs'], 3, /required option '--key <key>' not specified/],
]

describe('one error', { timeout: 30_000 }, () => {
  test.for(cases)('%s', async ([, args, code, message]) => {
    const isTold = args.includes('--config') || /^(eror|sample)$/.test(args[0] ?? '')
    const config = isTold ? [] : ['--config', smallConfigFile]
    expectOneError(await inProcess(main, ['pipeline', ...args, ...config], { AWS_ENDPOINT_URL: '' }), code, message)
  })
})

test('the same from the command line, and nothing is left', { timeout: 30_000 }, async () => {
  const env = { AWS_ENDPOINT_URL: '' }
  const [noTarget, noLines] = await Promise.all([
    where.shaketable(['pipeline', 'errors'], { env }),
    where.shaketable(['pipeline', 'local', 'no.log', '--set', 'MODE=x', '--format', 's3-lines'], { env }),
  ])
  expectOneError(noTarget, 3, /which means the real AWS/)
  expectOneError(noLines, 3, /no\.log: .*found nothing there/)
  expect(leftovers(where)).toEqual(nothing)
})
