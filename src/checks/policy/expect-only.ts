// What every test of a mistake asserts: one rule objects to it, no other does, and without that rule the mistake lives.

import { expect } from 'vitest'
import type { Finding } from '../../core/verdict.ts'
import type { HistoryBuilder } from './history-builder.ts'

export function expectOnly(rule: string, builder: HistoryBuilder, requestId?: string): Finding | undefined {
  const conclusion = builder.judge()
  expect(new Set(conclusion.findings.map((finding) => finding.rule))).toEqual(new Set([rule]))
  expect(conclusion.verdict).toBe('fail')
  if (requestId !== undefined) expect(conclusion.findings[0]?.requestId).toBe(requestId)
  expect(builder.judge({ disable: [rule] }).verdict).not.toBe('fail')
  return conclusion.findings[0]
}
