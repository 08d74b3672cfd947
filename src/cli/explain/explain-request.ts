// One request as the history and the rules tell it, from what `askRules` answered about it.

import { type AskedRequest, rulesAboutRequests } from '../../checks/policy/ask-rules.ts'
import type { Judgement } from '../../checks/policy/rule.ts'
import type { AttemptSeen } from '../../core/history.ts'
import type { MeshScenario } from '../../core/scenario-record.ts'
import type { Finding } from '../../core/verdict.ts'
import type { DeclaredRoute } from '../../mesh/policy.ts'
import {
  type ExplainedAttempt,
  type ExplainedFlag,
  type ExplainedRequest,
  type ExplainedScenario,
  explanationSchema,
  type RuleAnswer,
} from './explanation.ts'
import { detailWords, flagWords } from './flag-words.ts'

export function explainRequest(
  asked: AskedRequest,
  record: MeshScenario,
  scenario: ExplainedScenario,
  findings: readonly Finding[],
): ExplainedRequest {
  const { trace, timeline, route, isPushed } = asked
  const [sent] = trace.sent
  const [seen] = trace.seen
  const settings = policySettings(record)
  return {
    schema: explanationSchema,
    kind: 'request',
    id: trace.id,
    scenario,
    method: sent?.method ?? seen?.method ?? '?',
    host: sent?.host ?? seen?.authority ?? '?',
    path: sent?.path ?? seen?.path ?? '?',
    answer: answerOf(asked),
    ...envoyOf(asked),
    timeline,
    plan: sent?.plan ?? [],
    attempts: attemptsOf(asked),
    ...(route === undefined ? {} : { declared: declaredOf(route) }),
    isPushed,
    isPolicyExpected: settings !== undefined,
    rules: rulesAboutRequests.map(({ name }) => ruleAnswer(name, asked.said.get(name), settings)),
    findings,
  }
}

function declaredOf({ lines, ...route }: DeclaredRoute): NonNullable<ExplainedRequest['declared']> {
  return { route, lines }
}

function answerOf({ trace }: AskedRequest): ExplainedRequest['answer'] {
  const [answered] = trace.answered
  if (answered === undefined) return {}
  const { status, grpcStatus, error, detail, latencyMs } = answered
  return {
    ...(status === undefined ? {} : { status }),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    ...(error === undefined ? {} : { error }),
    ...(detail === undefined ? {} : { detail }),
    latencyMs,
  }
}

function envoyOf({ trace }: AskedRequest): Pick<ExplainedRequest, 'envoy'> {
  const [logged] = trace.logged
  if (logged === undefined) return {}
  const { code, flags, details, cluster, attempts, listener } = logged
  return {
    envoy: {
      code,
      flags: inWords(flags),
      details,
      ...wordsOf(details),
      cluster,
      attempts,
      ...(listener === undefined ? {} : { listener }),
    },
  }
}

function attemptsOf({ trace }: AskedRequest): readonly ExplainedAttempt[] {
  const attempts = trace.attempts.toSorted((left, right) => left.attempt - right.attempt)
  const zeroMs = attempts[0]?.startMs ?? 0
  return attempts.map((one): ExplainedAttempt => {
    const seen = trace.seen.find(({ attempt, shadow }) => attempt === one.attempt && shadow === undefined)
    return {
      attempt: one.attempt,
      startMs: one.startMs - zeroMs,
      durationMs: one.atMs - one.startMs,
      code: one.code,
      ...(one.grpcStatus === undefined ? {} : { grpcStatus: one.grpcStatus }),
      flags: inWords(one.flags),
      details: one.details,
      ...wordsOf(one.details),
      ...(['', '-'].includes(one.failureReason) ? {} : { failureReason: one.failureReason }),
      host: one.host,
      ...(seen === undefined ? {} : { upstream: upstreamOf(seen) }),
    }
  })
}

function upstreamOf({ code, flags, startMs, atMs }: AttemptSeen): NonNullable<ExplainedAttempt['upstream']> {
  return { code, flags: inWords(flags), durationMs: atMs - startMs }
}

const inWords = (flags: readonly string[]): readonly ExplainedFlag[] =>
  flags.map((flag) => ({ flag, words: flagWords(flag) }))

function wordsOf(details: string): { readonly detailWords?: string } {
  const words = detailWords(details)
  return words === undefined ? {} : { detailWords: words }
}

interface PolicySettings {
  readonly rules?: readonly string[]
  readonly disable?: readonly string[]
}

/** Absent where the scenario does not expect `policy`. */
function policySettings({ expect }: MeshScenario): PolicySettings | undefined {
  const expected = expect.find(({ check }) => check === 'policy')
  return expected === undefined ? undefined : (expected.config as PolicySettings)
}

function ruleAnswer(rule: string, said: Judgement | undefined, settings: PolicySettings | undefined): RuleAnswer {
  const isOff = settings?.disable?.includes(rule) === true || settings?.rules?.includes(rule) === false
  if (isOff) return { rule, said: 'switched off' }
  if (said === undefined || said === 'not-asked') return { rule, said: 'not asked' }
  if (said === 'kept' || said === 'late') return { rule, said }
  const { timed: _, ...violation } = said
  return { rule, said: 'violated', ...violation }
}
