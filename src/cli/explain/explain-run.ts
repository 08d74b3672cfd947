// Reads a recorded run once, judges it as `judge` does, and keeps on the way what is said of one request or object. Memory
// holds open requests, the few candidates for what was asked for, and the ledger where it is about an object.

import { sharedLedger } from '../../checks/pipeline/shared-ledger.ts'
import { type AskedRequest, type Asking, askRules } from '../../checks/policy/ask-rules.ts'
import type { CheckContext } from '../../core/check.ts'
import { InputError } from '../../core/errors.ts'
import type { HistoryEvent, HistoryHeader } from '../../core/history.ts'
import { historyFileIn } from '../../core/history-file.ts'
import { isMesh, isPipeline, type MeshScenario } from '../../core/scenario-record.ts'
import type { Finding } from '../../core/verdict.ts'
import { type JudgedScenario, judgeHistory, type Observer } from '../../run/judge.ts'
import { registry } from '../registry.ts'
import { explainObject, objectAndLine } from './explain-object.ts'
import { explainRequest } from './explain-request.ts'
import type { Explanation } from './explanation.ts'
import { type Picked, pickOne } from './pick-one.ts'

/** @throws InputError when there is no history, or nothing, or several things, of that name */
export async function explainRun(folder: string, wanted: string): Promise<Explanation> {
  const file = await historyFileIn(folder)
  let search: Search | undefined
  const judged = await judgeHistory(file, registry.checks, {
    begin(header) {
      const isAboutObjects = wanted.includes('/') || !header.scenarios.some(isMesh)
      search = isAboutObjects ? searchObjects(header, wanted) : searchRequests(header, wanted)
    },
    observe: (event) => search?.observe(event),
  })
  if (search === undefined) throw new Error('a history without a header')
  return search.finish(judged.scenarios, folder)
}

interface Search extends Required<Pick<Observer, 'observe'>> {
  finish(judged: readonly JudgedScenario[], folder: string): Explanation
}

function searchRequests(header: HistoryHeader, wanted: string): Search {
  const picking = pickOne(wanted)
  const kept = new Map<string, { readonly asked: AskedRequest; readonly record: MeshScenario }>()
  const chosen = new Set<string>()
  const askings = new Map<string, Asking>(
    header.scenarios.filter(isMesh).map((record) => [
      record.name,
      askRules(
        header,
        record,
        (id) => chosen.has(id),
        (asked) => {
          // What comes in after its history was closed is a remainder; the rule `complete` has told of it.
          if (!kept.has(asked.trace.id)) kept.set(asked.trace.id, { asked, record })
        },
      ),
    ]),
  )
  return {
    observe(event) {
      if ('id' in event && picking.look(event.id)) chosen.add(event.id)
      if (event.scenario !== '') askings.get(event.scenario)?.observe(event)
      else for (const asking of askings.values()) asking.observe(event)
    },
    finish(judged, folder) {
      for (const asking of askings.values()) asking.finish()
      const id = nameOf(picking.result(), wanted, 'request', folder)
      const found = kept.get(id)
      if (found === undefined) throw new Error(`request ${id} was seen and not kept`)
      const { scenario, findings } = ofScenario(judged, found.record.name)
      const own = findings.filter((finding) => finding.requestId === id)
      return explainRequest(found.asked, found.record, scenario, own)
    },
  }
}

function searchObjects(header: HistoryHeader, wanted: string): Search {
  const split = objectAndLine(wanted)
  // A key may itself end in a colon and a number.
  const pickings = [pickOne(wanted), ...(split.line === undefined ? [] : [pickOne(split.object)])]
  const contexts = new Map<string, CheckContext>(
    header.scenarios.filter(isPipeline).map((scenario) => [scenario.name, { header, scenario }]),
  )
  const puts = new Map<string, { readonly scenario: string; readonly lines: number }>()
  return {
    observe(event: HistoryEvent) {
      if (event.kind === 'object-put') {
        const { object, scenario, lines } = event
        if (pickings.filter((picking) => picking.look(object)).length > 0) puts.set(object, { scenario, lines })
      }
      for (const [name, context] of contexts) {
        if (event.scenario === '' || event.scenario === name) sharedLedger(context).observe(event)
      }
    },
    finish(judged, folder) {
      const [whole, beforeColon] = pickings.map((picking) => picking.result())
      const isSplit = whole?.kind !== 'found' && beforeColon !== undefined
      const object = nameOf((isSplit ? beforeColon : whole) ?? { kind: 'none', nearest: [] }, wanted, 'object', folder)
      const put = puts.get(object)
      const context = put === undefined ? undefined : contexts.get(put.scenario)
      if (put === undefined || context === undefined) throw new Error(`object ${object} was seen and not kept`)
      const line = isSplit ? split.line : undefined
      const { scenario, findings } = ofScenario(judged, put.scenario)
      const own = findings.filter((one) => one.object === object && (line === undefined || (one.line ?? line) === line))
      const named = { object, lines: put.lines, ...(line === undefined ? {} : { line }) }
      return explainObject(named, sharedLedger(context).conclude(), scenario, own)
    },
  }
}

function ofScenario(judged: readonly JudgedScenario[], name: string) {
  const one = judged.find(({ scenario }) => scenario.name === name)
  if (one === undefined) throw new Error(`scenario ${name} was not judged`)
  const findings: readonly Finding[] = one.expectations.flatMap((expectation) => expectation.findings)
  return { scenario: { name, file: one.scenario.file, verdict: one.verdict }, findings }
}

const listedMax = 10

function nameOf(picked: Picked, wanted: string, what: string, folder: string): string {
  if (picked.kind === 'found') return picked.name
  const text = JSON.stringify(wanted)
  if (picked.kind === 'several') {
    const { names } = picked
    const rest = picked.more || names.length > listedMax ? ', ...' : ''
    throw new InputError(
      `${folder}: several ${what}s begin with ${text}: ${names.slice(0, listedMax).join(', ')}${rest}\n  hint: give more of the one that you mean`,
    )
  }
  const near = picked.nearest.length === 0 ? `this run has no ${what}s` : `the nearest: ${picked.nearest.join(', ')}`
  throw new InputError(
    `${folder}: no ${what} ${text} in this run; ${near}\n  hint: findings and examples of the report name their ${what}s`,
  )
}
