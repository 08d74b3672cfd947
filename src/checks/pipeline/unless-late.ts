// For checks of a pipeline that measure time: what took too long on a machine that was late itself says nothing about the
// pipeline, so such a failure is inconclusive. What was in time in spite of that stays a pass.

import type { CheckKind } from '../../core/check.ts'
import type { Conclusion } from '../../core/verdict.ts'
import { machineLag } from '../machine-lag.ts'

/** Functions, emulator and harness share the machine, so some beats are late on any; bounds here are seconds. */
const lateShareMax = 0.05

export function unlessLate<Config>(kind: CheckKind<Config>): CheckKind<Config> {
  return {
    ...kind,
    start(config, context) {
      const check = kind.start(config, context)
      const lag = machineLag(lateShareMax)
      return {
        observe(event) {
          check.observe(event)
          lag.observe(event)
        },
        conclude: () => cloud(check.conclude(), lag.problem()),
      }
    },
  }
}

function cloud(conclusion: Conclusion, late: string | undefined): Conclusion {
  if (late === undefined || conclusion.verdict !== 'fail') return conclusion
  const { summary } = conclusion
  return {
    ...conclusion,
    verdict: 'inconclusive',
    summary: `the machine was too slow to judge it: ${late} (${summary})`,
  }
}
