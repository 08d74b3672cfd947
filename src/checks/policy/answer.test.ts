// Rule `answer`: the client gets the outcome of the last attempt, for a reason that is declared.

import { describe, expect, test } from 'vitest'
import { expectOnly } from './expect-only.ts'
import type { Request } from './history-builder.ts'
import { fine, withRequest } from './the-one.ts'

describe('answer', () => {
  test.each<[string, Omit<Request, 'id' | 'atMs'>]>([
    ['the client gets another code', { ...fine, answered: { status: 500 } }],
    ['the client sees a cut that Envoy does not', { ...fine, answered: { error: 'truncated' } }],
    [
      'Envoy answers by itself',
      {
        tries: [],
        logged: { code: 503, flags: ['FI'], details: 'fault_filter_abort', attempts: 0, cluster: 'user-development' },
      },
    ],
    [
      'a limit that is not declared',
      { tries: [{ code: 0, tookMs: 100 }], logged: { flags: [], details: 'max_duration_timeout' } },
    ],
    ['an idle timeout for a try', { tries: [{ code: 0, flags: ['SI'], tookMs: 100 }, { code: 200 }] }],
    [
      'no host',
      {
        tries: [],
        logged: { code: 503, flags: ['UH'], details: 'no_healthy_upstream', attempts: 1, cluster: 'user-development' },
      },
    ],
    ['not the outcome of the last attempt', { ...fine, logged: { code: 204 } }],
    ['retries ran out and nobody says so', { tries: Array.from({ length: 4 }, () => ({ code: 503 })) }],
  ])('%s', (_name, request) => {
    const rule = request.tries.some((one) => one.flags?.includes('SI')) ? ['retry-reason'] : []
    const builder = withRequest(request)
    if (rule.length === 0) expectOnly('answer', builder)
    else expect(builder.judge().findings.map((finding) => finding.rule)).toContain('answer')
  })

  test('an answer cut after its head reaches the client cut', () => {
    const builder = withRequest({
      tries: [{ code: 200, flags: ['UPE'] }],
      logged: { details: 'upstream_reset_after_response_started{protocol_error}' },
      answered: { error: 'truncated' },
    })
    expect(builder.judge().findings).toEqual([])
  })
})
