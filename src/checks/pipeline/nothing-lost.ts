// nothing-lost: every line of every object that was put is delivered or parked, nothing is delivered that nobody was owed,
// and no text was changed. Each finding bears the witness: the line's way up to where it vanished. How often a line was
// delivered is not asked here (`duplicates`), nor whether the table is exact (`error-table`).

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { Conclusion, Finding } from '../../core/verdict.ts'
import type { LedgerState, LineRun, Stray } from '../../pipeline/ledger/ledger-state.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { sharedLedger } from './shared-ledger.ts'

const schema = z.strictObject({})

export const nothingLost: CheckKind<z.output<typeof schema>> = {
  name: 'nothing-lost',
  judges: 'pipeline',
  about: 'Every line of every object is delivered or parked in the ErrorTaskTable; none is lost, altered or made up.',
  schema,
  needs: ['async-three-attempts', 'async-throttled-not-lost', 'mapping-poison-blocks', 's3-event-key'],
  start(_config, context) {
    const ledger = sharedLedger(context)
    return { observe: ledger.observe, conclude: () => judge(ledger.conclude()) }
  },
}

function judge(state: LedgerState): Conclusion {
  if (state.objects === 0 && state.neverOwed === 0) return nothingSeen('no object was put')
  const wrong = [
    ...(state.lost === 0 ? [] : [`${amount(state.lost, 'line')} lost`]),
    ...(state.altered === 0 ? [] : [`${amount(state.altered, 'line')} altered`]),
    ...(state.neverOwed === 0 ? [] : [`${amount(state.neverOwed, 'line')} delivered that nobody was owed`]),
  ]
  const told = { looked: state.lines, figures: figuresOf(state) }
  if (wrong.length > 0) {
    const findings = findingList()
    for (const run of state.lostRuns) findings.add(lost(run, state))
    for (const stray of state.strays) findings.add(strange(stray, state))
    return { verdict: 'fail', summary: `${wrong.join(', ')}; ${whole(state)}`, ...told, ...findings.told() }
  }
  if (state.inFlight > 0) {
    const why = state.inFlightRuns[0]
    const first = why === undefined ? '' : `, first of all ${named(why)}: ${why.why}`
    const summary = `${amount(state.inFlight, 'line')} still in flight at the deadline${first}; ${whole(state)}`
    return { verdict: 'inconclusive', summary, ...told, findings: [] }
  }
  if (state.lines === 0) return nothingSeen(`${amount(state.objects, 'object')} put, and none of them owes a line`)
  return { verdict: 'pass', summary: `nothing lost; ${whole(state)}`, ...told, findings: [] }
}

function whole({ lines, objects, deliveredOnce, deliveredMoreOften, parked }: LedgerState): string {
  return `${amount(lines, 'line')} of ${amount(objects, 'object')}: ${deliveredOnce} delivered once, ${deliveredMoreOften} more often, ${parked} parked`
}

function lost(run: LineRun, state: LedgerState): Finding {
  const { sentence, timeline } = state.path(run.object, run.first)
  return {
    rule: 'nothing-lost',
    message: `${named(run)}: ${sentence}`,
    expected: 'delivered or parked',
    observed: sentence.slice(sentence.lastIndexOf(': ') + 2),
    object: run.object,
    line: run.first,
    timeline,
  }
}

function strange(stray: Stray, state: LedgerState): Finding {
  const { object, first, last, why, atMs } = stray
  const { timeline } = state.path(object, first)
  const what = why === 'altered' ? 'with another text or time than was put' : `though it was not owed: ${why}`
  return {
    rule: 'nothing-lost',
    message: `${named(stray)} ${first === last ? 'was' : 'were'} delivered at ${(atMs / 1000).toFixed(3)} s of the run ${what}`,
    expected: why === 'altered' ? 'the text that was put, with its time in UTC' : 'no delivery',
    observed: why === 'altered' ? 'another text or time' : 'a delivery',
    object,
    line: first,
    timeline,
  }
}

export function named({ object, first, last }: LineRun): string {
  return first === last ? `line ${first} of ${object}` : `lines ${first} to ${last} of ${object}`
}

function figuresOf(state: LedgerState): Readonly<Record<string, number>> {
  return {
    objectsCount: state.objects,
    droppedObjectsCount: state.dropped,
    failedPutsCount: state.failedPuts,
    linesCount: state.lines,
    deliveredOnceCount: state.deliveredOnce,
    deliveredMoreOftenCount: state.deliveredMoreOften,
    parkedCount: state.parked,
    inFlightCount: state.inFlight,
    lostCount: state.lost,
    alteredCount: state.altered,
    neverOwedCount: state.neverOwed,
    deliveredAndParkedCount: state.deliveredAndParked,
  }
}
