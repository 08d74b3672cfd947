// What a user can get wrong about gRPC, given to the real command. No Envoy is needed for any of it.

import { afterAll, describe, test } from 'vitest'
import { expectOneError, playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const { dependencies } = smallDefinition()
const [{ lb: _, ...user } = {}] = dependencies
const grpcDefinition = { version: 1, dependencies: [{ ...user, sds: true }] }
const call = (request: object = {}, more: object = {}) => ({
  request: { host: 'user', path: '/shop.Books/List', grpc: {}, ...request },
  ratePerSecond: 40,
  arrivals: 'constant',
  ...more,
})
const fault = (what: object) => [{ name: 'flaky', target: 'user-development', ...what }]

function put(
  folder: string,
  scenario: Readonly<Record<string, unknown>>,
  definition: object = grpcDefinition,
): readonly string[] {
  where.write(`${folder}/book.json`, definition)
  return ['run', where.write(`${folder}/a.yaml`, smallScenario(scenario))]
}

const cases: readonly (readonly [what: string, args: () => readonly string[], message: RegExp])[] = [
  [
    'a call to a cluster of HTTP/1.1',
    () => put('http1', { traffic: [call()] }, smallDefinition()),
    /a\.yaml:\d+:\d+ \(\/traffic\/0\/request\/grpc\): expected a cluster that speaks HTTP\/2.*user-development.*sds: true/,
  ],
  [
    'a call in HTTP/1.1',
    () => put('spoken', { traffic: [call({}, { protocol: 'HTTP/1.1' })] }),
    /\(\/traffic\/0\/protocol\): expected HTTP\/2 or no protocol.*found HTTP\/1\.1/,
  ],
  [
    'a call by PUT',
    () => put('put', { traffic: [call({ method: 'PUT' })] }),
    /\(\/traffic\/0\/request\/method\): expected method POST, or none/,
  ],
  [
    'a call beyond all bounds',
    () => put('large', { traffic: [call({ bodyBytes: 1_000_000, grpc: { messages: 1000 } })] }),
    /\(\/traffic\/0\/request\/grpc\/messages\): expected at most 67108864 bytes.*found 1000 of 1000000 bytes/,
  ],
  [
    'an abort by two statuses',
    () => put('both', { traffic: [call()], faults: fault({ abort: { status: 503, grpcStatus: 14 } }) }),
    /\(\/faults\/0\/abort\): expected exactly one of status and grpcStatus/,
  ],
  [
    'an abort without a status',
    () => put('neither', { traffic: [call()], faults: fault({ abort: { ratio: 0.5 } }) }),
    /\(\/faults\/0\/abort\): expected exactly one of status and grpcStatus/,
  ],
  [
    'a grpc-status that is none',
    () => put('range', { traffic: [call()], faults: fault({ abort: { grpcStatus: 17 } }) }),
    /\(\/faults\/0\/abort\/grpcStatus\)/,
  ],
  [
    'an abort with a grpc-status where nobody calls',
    () => put('nobody', { faults: fault({ plan: { attempts: ['ok', { grpcStatus: 14 }] } }) }),
    /\(\/faults\/0\/plan\): expected traffic with grpc.*found none; give a request grpc: \{\}/,
  ],
  [
    'a rate of nothing',
    () => put('rate', { traffic: [call()], faults: fault({ throughput: { kibPerSecond: 0 } }) }),
    /\(\/faults\/0\/throughput\/kibPerSecond\)/,
  ],
  [
    "an abort with a grpc-status of a pipeline's calls",
    () => [
      'run',
      where.write('pipeline/a.yaml', {
        name: 'logs',
        about: 'A pipeline.',
        pipeline: { config: 'config.yml' },
        objects: [{ bucket: 'logs', prefix: 'fast/', ratePerSecond: 1 }],
        duration: '1s',
        faults: [{ name: 'flaky', target: 'kinesis.PutRecords', abort: { grpcStatus: 14 } }],
        expect: [{ 'nothing-lost': {} }],
      }),
    ],
    /\(\/faults\/0\/abort\/grpcStatus\): expected no grpcStatus of abort in a pipeline/,
  ],
]

describe.concurrent('one error, exit 3', { timeout: 30_000 }, () => {
  test.for(cases)('%s', async ([, args, message]) => {
    expectOneError(await where.shaketable(args()), 3, message)
  })
})
