// A control plane in Go on go-control-plane, the library that most people use, over both of its protocols. It is built here, which
// takes a minute at first; where no `go` is on PATH that is new enough for it, the test is skipped.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allFail, fixture, type Protocol, runTogether, scenario, trafficTo } from './test-control-planes.ts'
import { leftovers, nothing, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const source = fixture('foreign/go-control-plane')

describe.skipIf(!hasGo())('a control plane in Go (skipped where `go` is missing or too old)', () => {
  const binary = join(where.folder, 'go-control-plane')
  const plane = (protocol: Protocol, ...more: readonly string[]) => ({
    protocol,
    command: [binary, '-node', 'shop', '-listen', '127.0.0.1:{port}', ...more],
  })
  beforeAll(() => {
    execFileSync('go', ['build', '-o', binary, '.'], { cwd: source, stdio: 'inherit' })
  }, 600_000)

  test('both of its protocols, and a change of its mind', async () => {
    const traffic = trafficTo('user', 'ranking')
    const fails = { traffic, faults: [{ ...allFail, target: 'user' }] }
    const changing = ['-change-every', '600ms']
    const { verdicts, events } = await runTogether(where, 'go', [
      scenario('go-grpc', { controlPlane: plane('grpc') }, fails),
      scenario('go-delta', { controlPlane: plane('delta-grpc') }, fails),
      scenario('go-changes', { controlPlane: plane('delta-grpc', ...changing) }, { ...fails, duration: '3s' }),
      scenario(
        'go-loses-nothing',
        { controlPlane: plane('grpc', ...changing) },
        { traffic, duration: '3s', expect: [{ policy: {} }, { failures: '<= 0' }] },
      ),
    ])
    expect(verdicts).toEqual({
      'go-grpc': 'pass',
      'go-delta': 'pass',
      'go-changes': 'pass',
      'go-loses-nothing': 'pass',
    })
    for (const name of ['go-changes', 'go-loses-nothing'])
      expect(events(name, 'config-pushed').length).toBeGreaterThan(2)
    expect(leftovers(where)).toEqual(nothing)
  })
})

function hasGo(): boolean {
  const wanted = /^go (\d+)\.(\d+)/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))
  try {
    const found = /go(\d+)\.(\d+)/.exec(
      execFileSync('go', ['env', 'GOVERSION'], { cwd: where.folder, encoding: 'utf8' }),
    )
    return Number(found?.[1]) === Number(wanted?.[1]) && Number(found?.[2]) >= Number(wanted?.[2])
  } catch {
    return false
  }
}
