// The AWS calls of the functions, by function and operation, with what went wrong with them.

import type { AwsCalled } from '../../core/history.ts'
import type { CallReport } from '../../core/report-pipeline.ts'
import { Histogram } from '../../stats/histogram.ts'
import { placeOf } from './collect-functions.ts'
import { spreadOf } from './spread.ts'

const kindsMax = 200

interface Tally {
  readonly of: Pick<CallReport, 'function' | 'service' | 'operation'>
  count: number
  errors: number
  appliedUnseen: number
  refusedEntries: number
  faults: number
  readonly duration: Histogram
}

export interface Calls {
  observe(event: AwsCalled): void
  finish(): readonly CallReport[]
}

export function collectCalls(): Calls {
  const tallies = new Map<string, Tally>()
  return {
    observe(event) {
      const tally = tallyOf(tallies, event)
      if (tally === undefined) return
      const bad = failed(event)
      tally.count++
      if (bad) tally.errors++
      if (bad && event.applied) tally.appliedUnseen++
      if (event.fault !== undefined) tally.faults++
      tally.refusedEntries += event.refused ?? 0
      tally.duration.record(event.atMs - event.startMs)
    },
    finish: () =>
      [...tallies.values()]
        .map(({ of, duration, ...counts }) => ({ ...of, ...counts, duration: spreadOf(duration) }))
        .sort(byWay),
  }
}

/** The caller was told of an error, or got no whole answer. */
export function failed({ status, error }: Pick<AwsCalled, 'status' | 'error'>): boolean {
  return status === 0 || status >= 400 || error !== undefined
}

function tallyOf(tallies: Map<string, Tally>, event: AwsCalled): Tally | undefined {
  const { function: role, service, operation } = event
  const key = `${role} ${service}.${operation}`
  const known = tallies.get(key)
  if (known !== undefined || tallies.size >= kindsMax) return known
  const of = { function: role, service, operation }
  const counts = { count: 0, errors: 0, appliedUnseen: 0, refusedEntries: 0, faults: 0 }
  const tally = { of, ...counts, duration: new Histogram() }
  tallies.set(key, tally)
  return tally
}

function byWay(left: CallReport, right: CallReport): number {
  const places = placeOf(left.function) - placeOf(right.function)
  return places === 0 ? text(left).localeCompare(text(right), 'en') : places
}

const text = (call: CallReport): string => `${call.function} ${call.service}.${call.operation}`
