// How often each planned fault really fired, and what became of the objects that it hit: one experiment for every function,
// call and fault. A fault of a call shows on that call, one of an invocation on the invocation; the failure that it causes
// bears its name as well and counts only where neither was seen. `every-single-fault` says which experiment it was.

import type { AwsCalled, HistoryEvent } from '../../core/history.ts'
import { experimentOf } from '../../core/pipeline-experiments.ts'
import { isFault } from '../../core/pipeline-faults-fired.ts'
import type { FaultReport } from '../../core/report-model.ts'
import type { ExperimentReport } from '../../core/report-pipeline.ts'
import type { FaultRecord } from '../../core/scenario-record.ts'
import type { DescribeFault } from '../collect-faults.ts'
import { placeOf } from './collect-functions.ts'
import type { End } from './collect-ledger.ts'
import type { Invocation } from './invocations.ts'

const experimentsMax = 1000
const objectsMax = 10_000
const explainedMax = 200_000

interface Experiment {
  readonly function: string
  readonly call: string
  readonly name: string
  readonly what: string
  fired: number
  readonly objects: Set<string>
}

export interface PipelineFaults {
  observe(event: HistoryEvent): void
  /** An invocation failed or returned; its beginning named the objects. */
  ended(event: HistoryEvent, invocation: Invocation | undefined): void
  finish(endOf: (object: string) => End | undefined): {
    readonly faults: readonly FaultReport[]
    readonly experiments: readonly ExperimentReport[]
  }
}

export function collectPipelineFaults(
  planned: readonly FaultRecord[],
  describe: DescribeFault = ({ kind, target }) => `${kind} on ${target}`,
): PipelineFaults {
  const words = wording()
  const fired = new Map<string, number>()
  const experiments = new Map<string, Experiment>()
  // Fault and invocation of every fault that was seen where it acts, and failures that wait for such a sight.
  const explained = new Set<string>()
  const unexplained = new Map<string, () => void>()

  const fire = (name: string): void => {
    fired.set(name, (fired.get(name) ?? 0) + 1)
  }
  const experiment = (of: Omit<Experiment, 'fired' | 'objects'>, objects: readonly string[]): void => {
    const key = `${of.function} ${of.call} ${of.name} ${of.what}`
    const known = experiments.get(key)
    if (known === undefined && experiments.size >= experimentsMax) return
    const one = known ?? { ...of, fired: 0, objects: new Set<string>() }
    experiments.set(key, one)
    one.fired++
    for (const object of objects) if (one.objects.size < objectsMax) one.objects.add(object)
  }
  const told = (text: string): Told => readFault(planned, text)
  const called = (event: AwsCalled, fault: string): void => {
    const { name, experiment: one, what } = told(fault)
    fire(name)
    explain(fault, event.function, event.invocation ?? '')
    const call = `${event.service}.${event.operation}`
    if (one?.endsWith(preparation)) return
    const did = what ?? (event.detail ? words.seen(event.detail) : name)
    experiment({ function: event.function, call, name, what: did }, meant(event.objects, one))
  }
  const explain = (fault: string, role: string, invocation: string): void => {
    const key = `${fault} ${role} ${invocation}`
    unexplained.delete(key)
    if (explained.size < explainedMax) explained.add(key)
  }
  return {
    observe(event) {
      if (event.kind === 'fault-injected') fire(event.fault)
      else if (event.kind === 'aws-called' && event.fault !== undefined) called(event, event.fault)
      else if (event.kind === 'function-invoked' && event.fault !== undefined) {
        fire(told(event.fault).name)
        explain(event.fault, event.function, event.invocation)
      }
    },
    ended(event, invocation) {
      if (event.kind !== 'function-returned' && event.kind !== 'function-failed') return
      const own = invocation?.invoked.fault
      const of = (text: string): Omit<Experiment, 'fired' | 'objects'> => {
        const { name, what } = told(text)
        const did = what ?? (event.kind === 'function-failed' ? event.error : name)
        return { function: event.function, call: '', name, what: did }
      }
      const objects = invocation?.invoked.objects ?? []
      if (own !== undefined) experiment(of(own), meant(objects, told(own).experiment))
      else if (event.kind === 'function-failed' && event.fault !== undefined) {
        const { fault } = event
        const key = `${fault} ${event.function} ${event.invocation}`
        if (explained.has(key) || unexplained.size >= explainedMax) return
        unexplained.set(key, () => {
          fire(told(fault).name)
          experiment(of(fault), meant(objects, told(fault).experiment))
        })
      }
    },
    finish(endOf) {
      for (const count of unexplained.values()) count()
      return {
        faults: planned.map((fault) => ({ ...fault, about: describe(fault), fired: fired.get(fault.name) ?? 0 })),
        experiments: report([...experiments.values()], words.final, endOf),
      }
    },
  }
}

/** What only makes an object ready for its experiment. */
const preparation = ':parking'

interface Told {
  readonly name: string
  /** `main:s3.GetObject:lost-response` */
  readonly experiment?: string
  /** `lost-response` */
  readonly what?: string
}

/** The history has a fault's name, with the experiment behind a colon where the fault is many. */
function readFault(planned: readonly FaultRecord[], text: string): Told {
  const fault = planned.find((one) => one.name === text) ?? planned.find((one) => isFault(one, text))
  if (fault === undefined || fault.name === text) return { name: text }
  const experiment = text.slice(fault.name.length + 1)
  return { name: fault.name, experiment, what: experiment.split(':').at(-1) ?? experiment }
}

/** A call may name many objects while its fault is about one of them. */
function meant(objects: readonly string[], experiment: string | undefined): readonly string[] {
  if (experiment === undefined) return objects
  const own = objects.filter((object) => experimentOf(object).name === experiment)
  return own.length === 0 ? objects : own
}

/** `delay 312 ms` and `delay 9 ms` are one thing that a fault does; `status 500` and `status 503` are two. */
const plain = (detail: string): string => detail.replace(/\d+(\.\d+)?/g, 'n')

const variantsMax = 4

/** Words for what a fault did: as they are while there are few of a kind, without their numbers when there are many. */
function wording(): { seen(detail: string): string; final(what: string): string } {
  const variants = new Map<string, Set<string>>()
  const many = (kind: string): boolean => (variants.get(kind)?.size ?? 0) > variantsMax
  return {
    seen(detail) {
      const what = detail.slice(0, 80)
      const kind = plain(what)
      const known = variants.get(kind) ?? new Set<string>()
      variants.set(kind, known)
      if (known.size <= variantsMax) known.add(what)
      return many(kind) ? kind : what
    },
    final: (what) => (many(plain(what)) ? plain(what) : what),
  }
}

function report(
  all: readonly Experiment[],
  final: (what: string) => string,
  endOf: (object: string) => End | undefined,
): readonly ExperimentReport[] {
  const does = new Map<string, Set<string>>()
  for (const { name, what } of all) does.set(name, (does.get(name) ?? new Set()).add(final(what)))
  const merged = new Map<string, ExperimentReport & { readonly hit: Set<string> }>()
  for (const { function: role, call, name, what, fired, objects } of all) {
    // A fault that does one thing is best known by its name, one that does many by what it did.
    const fault = (does.get(name)?.size ?? 0) > 1 ? final(what) : name
    const key = JSON.stringify([role, call, fault])
    const before = merged.get(key)
    const hit = new Set([...(before?.hit ?? []), ...objects])
    const counts = count([...hit], endOf)
    merged.set(key, {
      function: role,
      call,
      fault,
      fired: (before?.fired ?? 0) + fired,
      objects: hit.size,
      ...counts,
      hit,
    })
  }
  return [...merged.values()].map(({ hit: _, ...one }) => one).sort(byWay)
}

function count(objects: readonly string[], endOf: (object: string) => End | undefined) {
  const counts = { deliveredOnce: 0, deliveredMore: 0, parked: 0, inFlight: 0, lost: 0, dropped: 0 }
  for (const object of objects) {
    const end = endOf(object)
    if (end !== undefined) counts[end]++
  }
  return counts
}

function byWay(left: ExperimentReport, right: ExperimentReport): number {
  const text = ({ function: role, call, fault }: ExperimentReport): string => `${role} ${call} ${fault}`
  return placeOf(left.function) - placeOf(right.function) || text(left).localeCompare(text(right), 'en')
}
