// every-fault: each experiment of the plan (function x AWS call x what happens to it) was met by at least one object. A run
// that left one out proves nothing about it, so it is inconclusive and names it; what the faults did is judged by others.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { pipelineExperiments } from '../../core/pipeline-experiments.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'

const namedMax = 20

const schema = z.strictObject({
  fault: z.string().min(1).optional().describe("The fault's name; by default any"),
})

export const everyFault: CheckKind<z.output<typeof schema>> = {
  name: 'every-fault',
  judges: 'pipeline',
  about: 'Each experiment of the plan, every single fault of the pipeline, was met by at least one object.',
  schema,
  start({ fault }, { scenario }) {
    const prefixes = scenario.faults
      .filter(({ name }) => fault === undefined || name === fault)
      .map(({ name }) => `${name}:`)
    const times = new Map(pipelineExperiments.map(({ name }) => [name, 0]))
    return {
      observe(event) {
        if (event.kind !== 'aws-called' && event.kind !== 'function-invoked' && event.kind !== 'function-failed') return
        const told = event.fault
        const prefix = told === undefined ? undefined : prefixes.find((one) => told.startsWith(one))
        if (told === undefined || prefix === undefined) return
        const experiment = told.slice(prefix.length)
        const known = times.get(experiment)
        if (known !== undefined) times.set(experiment, known + 1)
      },
      conclude() {
        const missing = [...times].flatMap(([name, count]) => (count === 0 ? [name] : []))
        const met = times.size - missing.length
        if (met === 0) return nothingSeen('no experiment was met by any object')
        const figures = { experimentsCount: times.size, metCount: met }
        const all = amount(times.size, 'experiment')
        if (missing.length === 0)
          return { verdict: 'pass', summary: `all ${all} were met`, looked: met, findings: [], figures }
        const names = missing.slice(0, namedMax).join(', ')
        const more = missing.length > namedMax ? ` and ${missing.length - namedMax} more` : ''
        return {
          verdict: 'inconclusive',
          summary: `${met} of ${all} were met; no object met ${names}${more}`,
          looked: met,
          skipped: missing.length,
          findings: [],
          figures,
        }
      },
    }
  },
}
