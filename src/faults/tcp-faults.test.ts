import { describe, expect, test } from 'vitest'
import type { FaultKind } from '../core/fault.ts'
import { cutBody, slowBody } from './body-faults.ts'
import { reset } from './reset.ts'
import { bandwidth, blackHole, hang, refuse, refuseStream } from './tcp-faults.ts'
import { injected } from './test-surface.ts'

type Kind = FaultKind<never>

const cases: readonly (readonly [string, unknown, object, string, string])[] = [
  ['refuse', refuse, {}, '{"kind":"refuse"} 1', 'port closed'],
  ['black-hole', blackHole, {}, '{"kind":"black-hole"} 1', 'connects unanswered'],
  ['hang', hang, { ratio: 0.2 }, '{"kind":"hang"} 0.2', 'never answered on 20 % of connections'],
  ['refuse-stream', refuseStream, {}, '{"kind":"refuse-stream"} 1', 'streams refused on all connections'],
  [
    'bandwidth',
    bandwidth,
    { bytesPerSecond: 500, ratio: 0.5 },
    '{"kind":"bandwidth","bytesPerSecond":500} 0.5',
    '500 bytes/s on 50 % of connections',
  ],
  ['reset', reset, {}, '{"kind":"reset","at":"request"} 1', 'connection reset on all connections'],
  [
    'reset at a moment',
    reset,
    { at: 'in-head', ratio: 0.1 },
    '{"kind":"reset","at":"in-head"} 0.1',
    'connection reset at in-head on 10 % of connections',
  ],
  ['cut-body', cutBody, {}, '{"kind":"cut","afterBytes":10} 1', 'body ends midway on all answers'],
  [
    'cut-body after some',
    cutBody,
    { afterBytes: 0 },
    '{"kind":"cut","afterBytes":0} 1',
    'body ends after 0 bytes on all connections',
  ],
  [
    'slow-body',
    slowBody,
    { bytesPerSecond: 200 },
    '{"kind":"slow","bytes":20,"everyMs":100} 1',
    'body at 200 bytes/s on all answers',
  ],
  [
    'slow-body, byte by byte',
    slowBody,
    { bytesPerSecond: 4 },
    '{"kind":"slow","bytes":1,"everyMs":250} 1',
    'body at 4 bytes/s on all answers',
  ],
]

describe('at the relay, and healed', () => {
  test.each(cases)('%s', async (_, given, settings, order, words) => {
    const kind = given as Kind
    const what = `tcp user host 2 ${order}`
    expect(await injected(kind, settings, 2)).toEqual({ harm: [what], cure: [`heal ${what}`], heals: true })
    expect(kind.describe(kind.schema.parse(settings))).toBe(words)
    expect(kind).toMatchObject({ needsRelay: true, isolated: false })
  })
})

test.each<[unknown, object]>([
  [refuse, { ratio: 0.5 }],
  [blackHole, { duration: '1s' }],
  [hang, { ratio: 2 }],
  [bandwidth, {}],
  [bandwidth, { bytesPerSecond: 0 }],
  [reset, { at: 'dawn' }],
  [cutBody, { afterBytes: -1 }],
  [cutBody, { afterBytes: 1.5 }],
])('%# is refused', (kind, settings) => {
  expect((kind as Kind).schema.safeParse(settings).success).toBe(false)
})
