// answers: counts by status code, grpc-status, response flag and number of attempts, from the access log of the Envoy under test. For
// scenarios that know exactly what must come out, such as "all 504 after three attempts". Counts are of this run and exact.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { Conclusion, Finding } from '../core/verdict.ts'
import { comparison, holds, numberComparison } from '../stats/comparison.ts'
import { nothingSeen } from './finding-list.ts'

const byStatus = z.record(
  z.string().regex(/^([1-5]\d\d|[1-5]xx|0)$/, 'a status such as 503, 5xx, or 0 for none'),
  numberComparison,
)
const byGrpc = z.record(z.string().regex(/^(\d|1[0-6])$/, 'a grpc-status such as 14'), numberComparison)
const byFlag = z.record(
  z.string().regex(/^([A-Z][A-Za-z]{0,9}|-)$/, 'a response flag such as UT, or - for none'),
  numberComparison,
)
const byAttempts = z.record(z.string().regex(/^\d{1,3}$/, 'a number of attempts'), numberComparison)

const schema = z
  .strictObject({
    status: byStatus.optional(),
    grpc: byGrpc.optional(),
    flags: byFlag.optional(),
    attempts: byAttempts.optional(),
  })
  .refine(
    (parts) => Object.values(parts).some((part) => Object.keys(part ?? {}).length > 0),
    'at least one count under status, grpc, flags or attempts',
  )

type Answers = z.output<typeof schema>

export const answers: CheckKind<Answers> = {
  name: 'answers',
  about:
    'Numbers of answers by status, grpc-status, response flag or attempts, from the access log of the Envoy under test.',
  schema,
  start(config) {
    const counts = new Map<string, number>()
    const examples = new Map<string, string>()
    let looked = 0
    const count = (key: string, id: string) => {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (!examples.has(key)) examples.set(key, id)
    }
    return {
      observe(event) {
        if (event.kind !== 'request-logged') return
        looked++
        count(`status ${event.code}`, event.id)
        if (event.code >= 100) count(`status ${Math.floor(event.code / 100)}xx`, event.id)
        if (event.grpcStatus !== undefined) count(`grpc ${event.grpcStatus}`, event.id)
        count(`attempts ${event.attempts}`, event.id)
        const flags = new Set(event.flags.length === 0 ? ['-'] : event.flags)
        for (const flag of flags) count(`flags ${flag}`, event.id)
      },
      conclude(): Conclusion {
        if (looked === 0) return nothingSeen('no request stands in the access log of the Envoy under test')
        const expected = expectationsOf(config)
        const seen = expected.map(({ key }) => `${key}: ${counts.get(key) ?? 0}`)
        const findings = expected.flatMap(({ key, text }): Finding[] => {
          const observed = counts.get(key) ?? 0
          if (holds(comparison(text, 'number'), observed)) return []
          const requestId = examples.get(key)
          const message = `${observed} of ${looked} answers had ${key}`
          const example = requestId === undefined ? {} : { requestId }
          return [{ rule: 'answers', message, expected: text, observed: String(observed), ...example }]
        })
        return {
          verdict: findings.length === 0 ? 'pass' : 'fail',
          summary: `of ${looked} answers, ${seen.join(', ')}`,
          looked,
          findings: findings.slice(0, 50),
          ...(findings.length > 50 ? { moreFindings: findings.length - 50 } : {}),
        }
      },
    }
  },
}

function expectationsOf(config: Answers): readonly { readonly key: string; readonly text: string }[] {
  return Object.entries(config).flatMap(([part, expected]) =>
    Object.entries(expected ?? {}).map(([value, text]) => ({ key: `${part} ${value}`, text })),
  )
}
