// no-surprise-logs: an Envoy that warns, or any process of ours that ends unasked, is a finding. What a scenario provokes on
// purpose is allowed by regular expressions. Lines of the whole run count for each scenario that shared the Envoy.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { HistoryEvent, LogLine, ProcessExited } from '../core/history.ts'
import type { Conclusion } from '../core/verdict.ts'
import { findingList, nothingSeen } from './finding-list.ts'

const pattern = z.string().min(1).refine(isPattern, 'a regular expression')

const schema = z.strictObject({
  allow: z.array(pattern).optional().describe('Lines that match one of these regular expressions are expected'),
})

type NoSurpriseLogs = z.output<typeof schema>

const surprising: ReadonlySet<string> = new Set(['warn', 'warning', 'err', 'error', 'critical', 'fatal'])

export const noSurpriseLogs: CheckKind<NoSurpriseLogs> = {
  name: 'no-surprise-logs',
  about: 'No Envoy logs a warning or worse, and no process ends unasked.',
  schema,
  start({ allow = [] }) {
    const allowed = allow.map((source) => new RegExp(source))
    const surprises = findingList()
    let envoysStarted = 0
    let lines = 0
    let expected = 0
    const line = (event: LogLine) => {
      if (!(ofEnvoy(event) || event.process === userControlPlane) || !surprising.has(event.level.toLowerCase())) return
      lines++
      if (allowed.some((one) => one.test(event.text))) expected++
      else {
        const message = `${event.process} logged [${event.level}] ${event.text.slice(0, 500)}`
        surprises.add({ rule: 'no-surprise-logs', message, expected: 'no line of level warning or worse' })
      }
    }
    return {
      observe(event) {
        if (event.kind === 'process-started' && ofEnvoy(event)) envoysStarted++
        else if (event.kind === 'log-line') line(event)
        else if (event.kind === 'process-exited' && !event.expected) {
          surprises.add({ rule: 'no-surprise-logs', message: exitText(event), expected: 'no process ends unasked' })
        }
      },
      conclude(): Conclusion {
        const found = surprises.count()
        if (envoysStarted === 0 && found === 0) return nothingSeen('no Envoy was watched: none started in this history')
        const allowedText = expected === 0 ? '' : `, ${expected} expected ones`
        return {
          verdict: found === 0 ? 'pass' : 'fail',
          summary: `${found} surprises from ${envoysStarted} Envoys and their neighbours${allowedText}`,
          looked: envoysStarted + lines,
          ...surprises.told(),
        }
      },
    }
  },
}

/** What we have to say of the control plane under test: answers that are none, changes that cannot run, its end. */
const userControlPlane = 'user-control-plane'

/** By who saw it, or by the process's name where the runner watches all of them. */
function ofEnvoy(event: Extract<HistoryEvent, { readonly process: string }>): boolean {
  return event.src === 'egress' || event.src === 'fault' || /\b(envoy|egress|fault)\b/i.test(event.process)
}

function exitText({ process, pid, code, signal }: ProcessExited): string {
  return `${process} (pid ${pid}) ended unasked, ${signal === null ? `exit code ${code ?? 'unknown'}` : `by ${signal}`}`
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
