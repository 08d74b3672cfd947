import { expect, test } from 'vitest'
import { collect, ended, request, retried, started } from './collected-requests.ts'

test('draws the mesh with rates and error ratios, and knows unseen attempts by the address of their host', () => {
  const refused = request('r7', 1500, 503, [
    { startMs: 1500, endMs: 1501, code: 0, host: 1, flags: ['UF'], unseen: true },
  ])
  const { first } = collect([started, ...retried, ...refused, ended])
  expect(first.graph.nodes.map((node) => [node.label, node.column, node.faulty])).toEqual([
    ['load generator', 0, false],
    ['Envoy (book)', 1, false],
    ['control plane', 0, true],
    ['idle', 2, false],
    ['user-development', 2, true],
    ['host 1', 3, true],
    ['host 2', 3, true],
  ])
  const edge = (to: string) => first.graph.edges.find((candidate) => candidate.to === to)
  expect(edge('envoy')).toMatchObject({ ratePerSecond: 2 / 3, errorRatio: 0.5 })
  expect(edge('cluster:user-development')).toMatchObject({ ratePerSecond: 4 / 3, errorRatio: 0.75 })
  expect(edge('host:user-development/1')).toMatchObject({ ratePerSecond: 1, errorRatio: 1 })
  expect(edge('cluster:idle')).toMatchObject({ ratePerSecond: 0, errorRatio: 0 })
})
