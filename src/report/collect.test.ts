import { expect, test } from 'vitest'
import { collect, ended, request, retried, started } from './collected-requests.ts'

test('an empty history gives empty reports, not a crash', () => {
  const { first } = collect([])
  expect(first).toMatchObject({
    durationMs: 0,
    requests: { sent: 0 },
    latency: { maxMs: 0 },
    histogram: [],
    examples: [],
  })
})

test('requests come out the same whether log lines follow at once or after other requests', () => {
  const [sent, answered, ...logs] = retried
  const others = Array.from({ length: 50 }, (_, index) =>
    request(`o${index}`, 1200 + index, 200, [{ startMs: 1200 + index, endMs: 1203 + index, code: 200 }]),
  ).flat()
  if (sent === undefined || answered === undefined) throw new Error('a request has both')
  const late = collect([started, sent, answered, ...others, ...logs, ended]).first
  const soon = collect([started, sent, answered, ...logs, ...others, ended]).first
  expect({ ...late, examples: [] }).toEqual({ ...soon, examples: [] })
  expect(new Set(late.examples.map((one) => one.story))).toEqual(new Set(soon.examples.map((one) => one.story)))
})
