// What a user can get wrong about faults of TCP, given to the real command: one clear error, exit code 3, nothing left.

import { afterAll, describe, expect, test } from 'vitest'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())
where.write('book.json', smallDefinition())

function put(name: string, fault: object, more: object = {}): string {
  const faults = [{ name: 'fault', target: 'user-development', ...fault }]
  return where.write(`${name}.yaml`, smallScenario({ faults, ...more }))
}

const pipeline = where.write('pipeline.yaml', {
  name: 'a-pipeline',
  about: 'Nothing is broken but this file.',
  pipeline: { config: 'config.yml' },
  duration: '1s',
  faults: [{ name: 'fault', target: 'kinesis.PutRecords', reset: { at: 'request' } }],
  expect: [{ 'nothing-lost': {} }],
})

const cases: readonly (readonly [what: string, file: string, message: RegExp])[] = [
  [
    'a target without hosts',
    put('a', { target: 'control-plane', refuse: {} }),
    /a\.yaml:\d+:\d+ \(\/faults\/0\/target\): expected a cluster, because refuse happens to requests, found control-plane; known: user-development/,
  ],
  [
    'a cluster that the config does not have',
    put('b', { target: 'lost', 'black-hole': {} }, { upstreams: { lost: { hosts: 2 } } }),
    /b\.yaml:\d+:\d+ \(\/faults\/0\/target\): expected a cluster of the config, because black-hole needs its hosts, found "lost"; known: user-development/,
  ],
  [
    'a host that is not there',
    put('c', { host: 3, hang: {} }),
    /c\.yaml:\d+:\d+ \(\/faults\/0\/host\): expected one of the 1 host of user-development, found host 3/,
  ],
  [
    'a moment that is none',
    put('d', { reset: { at: 'dawn' } }),
    /d\.yaml:\d+:\d+ \(\/faults\/0\/reset\/at\): expected one of "accept", "request", "before-head", "in-head", "after-head", found "dawn"/,
  ],
  [
    "a pipeline's setting in a mesh",
    put('e', { reset: { when: 'after' } }),
    /e\.yaml:\d+:\d+ \(\/faults\/0\/reset\/when\): expected no when of reset in a mesh, found it, which is for a pipeline; here it has at/,
  ],
  [
    "a mesh's setting in a pipeline",
    pipeline,
    /pipeline\.yaml:\d+:\d+ \(\/faults\/0\/reset\/at\): expected no at of reset in a pipeline, found it, which is for a mesh; here it has when, first/,
  ],
  [
    'refused streams where there are none',
    put('f', { 'refuse-stream': {} }),
    /f\.yaml: fault "fault": expected a cluster that speaks HTTP\/2, because of refuse-stream, found user-development, which speaks HTTP\/1\.1/,
  ],
  [
    'a fault of meshes in a pipeline',
    where.write('pipeline-2.yaml', {
      name: 'another',
      about: 'A fault that is not for pipelines.',
      pipeline: { config: 'config.yml' },
      duration: '1s',
      faults: [{ name: 'fault', target: 'main', 'black-hole': {} }],
      expect: [{ 'nothing-lost': {} }],
    }),
    /expected a fault for pipelines, found black-hole, which acts on meshes only/,
  ],
]

describe.concurrent('one error, exit 3, nothing left', { timeout: 30_000 }, () => {
  test.for(cases)('%s', async ([, file, message]) => {
    expectOneError(await where.shaketable(['run', file]), 3, message)
  })
})

test('after all of these', () => {
  expect(leftovers(where)).toEqual(nothing)
})
