// Configs that come from xDS, with the real command and the real Envoy: a directory of stored objects, and a control plane over
// all three protocols. What is sound passes, what is served wrongly is found, and a change of its mind is judged on both sides.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allFail, fixture, refused, runTogether, scenario, served, shop, shopNext } from './test-control-planes.ts'
import { leftovers, nothing, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

describe('what is sound passes, what is not is found', () => {
  let outcome: Awaited<ReturnType<typeof runTogether>>
  const flips = ['--in-turn-with', shopNext, '--change-every', '600']
  beforeAll(async () => {
    await where.shaketable(['compile', fixture('mesh/book.yaml'), '--dir', 'store'])
    await where.shaketable(['compile', fixture('mesh/book-next.yaml'), '--node', 'book', '--dir', 'next'])
    const user = [{ request: { host: 'user', path: '/' }, ratePerSecond: 40 }]
    const flaky = { name: 'flaky', target: 'user-development', abort: { status: 503 } }
    const pushes = {
      name: 'next',
      target: 'control-plane',
      from: '500ms',
      until: '1s',
      push: { definition: '../next' },
    }
    const lost = [{ policy: {} }, { failures: '<= 0' }, { 'no-surprise-logs': {} }]
    outcome = await runTogether(where, 'all', [
      scenario('directory', { xds: '../store', node: 'book' }, { traffic: user, faults: [flaky] }),
      scenario('directory-mistaken', { xds: shopNext, declared: shop }, { faults: [allFail] }),
      scenario(
        'directory-pushed',
        { xds: '../store', node: 'book' },
        { traffic: user, faults: [pushes], expect: lost },
      ),
      ...(['rest', 'grpc', 'delta-grpc'] as const).map((protocol) =>
        scenario(protocol, { controlPlane: served(protocol) }, { faults: [allFail] }),
      ),
      scenario('rest-mistaken', { controlPlane: served('rest'), declared: shopNext }, { faults: [allFail] }),
      scenario('changes', { controlPlane: served('grpc', ...flips) }, { duration: '3s', faults: [allFail] }),
      scenario(
        'changes-mistaken',
        { controlPlane: served('rest', ...flips), declared: shop },
        { duration: '3s', faults: [allFail] },
      ),
      scenario(
        'changes-lose-nothing',
        { controlPlane: served('delta-grpc', ...flips) },
        { duration: '3s', expect: lost },
      ),
      scenario(
        'changes-to-the-bad',
        { controlPlane: served('grpc', '--in-turn-with', refused, '--change-every', '600') },
        { duration: '2s', expect: [{ 'no-surprise-logs': {} }] },
      ),
      scenario(
        'ends',
        { controlPlane: served('rest', '--manner', 'quits') },
        { duration: '5s', expect: [{ 'no-surprise-logs': {} }, { failures: '<= 0' }] },
      ),
    ])
  })

  test('verdicts', () => {
    expect(outcome.verdicts).toEqual({
      directory: 'pass',
      'directory-mistaken': 'fail',
      'directory-pushed': 'pass',
      rest: 'pass',
      grpc: 'pass',
      'delta-grpc': 'pass',
      'rest-mistaken': 'fail',
      changes: 'pass',
      'changes-mistaken': 'fail',
      'changes-lose-nothing': 'pass',
      'changes-to-the-bad': 'fail',
      ends: 'fail',
    })
    expect(outcome.end.code).toBe(1)
  })

  test('a change of its mind is pushed and taken, and both sides are judged by their own policy', () => {
    for (const name of ['changes', 'changes-lose-nothing']) {
      const versions = (kind: string) =>
        outcome
          .events(name, kind)
          .filter(({ type }) => type === 'routes')
          .map(({ version }) => version)
      expect(new Set(versions('config-pushed')).size, name).toBe(2)
      expect(new Set(versions('config-accepted')).size, name).toBe(2)
    }
    const attempts = Map.groupBy(
      outcome.events('changes', 'attempt-seen').filter(({ cluster }) => cluster === 'catalogue'),
      ({ id }) => id,
    )
    const counts = new Set([...attempts.values()].map((all) => all.length))
    expect([...counts].toSorted()).toEqual([2, 3])
  })

  test('what Envoy refuses later on is told, what was taken stays', () => {
    expect(outcome.events('changes-to-the-bad', 'config-rejected').length).toBeGreaterThan(0)
    expect(outcome.events('changes-to-the-bad', 'request-answered').filter(({ status }) => status !== 200)).toEqual([])
  })

  test('its end is told with its last words, and traffic goes on', () => {
    const lines = outcome.events('ends', 'log-line').filter(({ process }) => process === 'user-control-plane')
    expect(lines.at(-1)?.text).toMatch(/it ended with code 9; last log: .*out of luck/)
    expect(outcome.events('ends', 'request-answered').filter(({ status }) => status !== 200)).toEqual([])
  })

  test('what was changed is in config.patch, and nothing is left', () => {
    expect(outcome.patch).toMatch(
      /# delta-grpc\n(.+\n)*listener shop: access logs replaced by ours \(were: envoy.access_loggers.file \/var\/log\/shop\/access.log\)/,
    )
    expect(leftovers(where)).toEqual(nothing)
  })
})
