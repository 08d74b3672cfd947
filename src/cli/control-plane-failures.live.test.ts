// Control planes that cannot be used: each is one clear message and an exit code, and nothing is left running.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { allFail, refused, scenario, served, withoutProgress } from './test-control-planes.ts'
import { expectNothingLeft, expectOneError, type Finished, listeningPorts, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

describe.concurrent('what cannot be served is one clear message', () => {
  const put = (name: string, controlPlane: object, changes: object = {}) =>
    where.write(`bad/${name}.yaml`, scenario(name, { controlPlane, ...changes }))
  const run = async (file: string): Promise<Finished> => {
    const end = await where.shaketable(['run', file, '--dir', 'bad-reports'])
    return { ...end, stderr: withoutProgress(end.stderr) }
  }

  test.for<[string, object, RegExp]>([
    [
      'dies',
      {
        protocol: 'grpc',
        command: [process.execPath, '-e', 'console.error("no such table"); process.exit(7)', '{port}'],
      },
      /exited with code 7 .*\n {2}last log: no such table/,
    ],
    [
      'cannot-be-run',
      { protocol: 'grpc', command: ['./no-such-program', '{port}'] },
      /could not be started: \.\/no-such-program/,
    ],
    [
      'garbage-grpc',
      served('grpc', '--manner', 'garbage'),
      /its clusters \(version 1\) cannot be read and were refused: expected a protobuf message/,
    ],
    ['garbage-rest', served('rest', '--manner', 'garbage'), /expected a DiscoveryResponse in JSON, found a mistake/],
    [
      'silent',
      served('delta-grpc', '--manner', 'silent'),
      /not ready after 10000 ms: clusters did not come\n.*\n {2}hint: it was asked over delta-grpc as node.id "shop"/,
    ],
    [
      'other-node',
      { ...served('rest', '--node', 'cart') },
      /POST \/v3\/discovery:clusters gave 404, 200 expected: nothing of clusters/,
    ],
    ['other-protocol', { ...served('rest'), protocol: 'grpc' }, /its gRPC stream broke/],
    [
      'refused',
      { protocol: 'rest', command: served('rest').command.with(-1, refused) },
      /refused the clusters that it was served.*\n {2}envoy says: .*Expected positive duration/,
    ],
  ])('%s: exit 4', async ([name, controlPlane, message]) => {
    expectOneError(await run(put(name, controlPlane)), 4, message)
  })

  test('a fault on a cluster that it does not serve: exit 3, after it was asked', async () => {
    const file = where.write(
      'bad/target.yaml',
      scenario('target', { controlPlane: served('rest') }, { faults: [{ ...allFail, target: 'catalog' }] }),
    )
    expectOneError(
      await run(file),
      3,
      /target\.yaml \(\/faults\/0\/target\): expected a cluster or control-plane, found "catalog"; did you mean "catalogue"\?/,
    )
  })

  test('a port that is taken: exit 4, without a word to whoever holds it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expectOneError(
      await run(put('taken', { ...served('rest'), port })),
      4,
      new RegExp(`expected nobody on 127.0.0.1:${port}`),
    )
    server.close()
  })
})

test('an interrupt ends the control plane and what it started itself', async () => {
  const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)', '${where.folder}'], { stdio: 'ignore' })`
  const plane = served('grpc')
  const wrapped = {
    ...plane,
    command: [
      process.execPath,
      '-e',
      `${child}; require('child_process').spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' })`,
      ...plane.command.slice(1),
    ],
  }
  const file = where.write('stop/long.yaml', scenario('long', { controlPlane: wrapped }, { duration: '30s' }))
  const running = where.launch(['run', file, '--dir', 'stop-reports'])
  await running.printed(/(control plane: )/)
  await expect.poll(() => listeningPorts(where).length, { timeout: 20_000 }).toBeGreaterThan(6)
  const ports = listeningPorts(where)
  const sinceMs = monotonicMs()
  running.child.kill('SIGINT')
  await running.finished
  await expectNothingLeft(where, sinceMs, ports)
})
