// What the schemas of mesh and pipeline scenarios share: durations, names, arrivals, faults and expectations. Which fault
// and check kinds a scenario may name depends on what it is: a kind says itself where it can act or judge.
// Custom messages are written to follow the word "expected".

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { FaultKind } from '../core/fault.ts'
import { parseDurationMs } from '../core/units.ts'
import type { Registry } from './registry.ts'

export type ScenarioSort = 'mesh' | 'pipeline'

const durationText = /^\d+(?:\.\d+)?(?:us|ms|s|m|h)$/
const hourMs = 3_600_000
const ratePerSecondMax = 20_000

export const hostsMax = 9
/** Plain names: they appear in files, stat names, URLs and headers. */
const plainName = /^[a-z0-9][a-z0-9-]{0,79}$/
const plainNameExpected = 'a name of lower-case letters, digits and hyphens (at most 80)'

/** A duration as text; milliseconds inside the program. */
export function duration(about: string) {
  const expected = 'a duration with a unit, such as "500ms" or "3s"'
  return z
    .string({ error: expected })
    .regex(durationText, { error: expected })
    .meta({ description: about, examples: ['500ms'] })
    .transform((text) => parseDurationMs(text) ?? Number.NaN)
    .refine((ms) => !(ms > hourMs), { error: 'a duration of at most 1h' })
}

const name = (about: string) =>
  z.string({ error: plainNameExpected }).regex(plainName, { error: plainNameExpected }).meta({ description: about })
export const count = (about: string, min: number, max: number) => z.int().min(min).max(max).meta({ description: about })
export const file = (about: string) => z.string().min(1, { error: 'a path' }).meta({ description: about })
export const rate = (about: string) => z.number().min(0).max(ratePerSecondMax).meta({ description: about })

export const arrivals = z
  .union([
    z.enum(['poisson', 'constant']),
    z.strictObject({ ramp: z.strictObject({ to: rate('Rate per second at the end of the window.') }) }),
    z.strictObject({
      step: z.strictObject({
        to: rate('Rate per second after the step.'),
        at: duration("When, since the scenario's start."),
      }),
    }),
  ])
  .meta({ description: 'How requests are spread in time. Default: poisson.' })

export type ParsedArrivals = z.output<typeof arrivals>

const faultBase = z.strictObject({
  name: name('For messages, reports and checks.'),
  target: z.string().min(1).meta({
    description:
      'A cluster, or control-plane; in a pipeline a call (kinesis.PutRecords), a function, sink, emulator or *.',
  }),
  host: count('Only this host of the cluster, counted from 1. Default: all.', 1, hostsMax).optional(),
  from: duration("When the fault begins, since the scenario's start. Default: 0s.").prefault('0s'),
  until: duration(
    "When it is healed. Default: the scenario's duration; what is planned for a pipeline's calls holds to its end.",
  ).optional(),
})

type ParsedFault = z.output<typeof faultBase> & { readonly kind: string; readonly config: unknown }
interface ParsedExpectation {
  readonly check: string
  readonly config: unknown
}

/** A fault: the common fields and exactly one key of a registered kind. */
function faultSchema(registry: Registry, sort: ScenarioSort) {
  const able = registry.faults.filter((kind) => actsIn(kind, sort))
  const kinds = able.map((kind) => kind.name)
  const named = Object.fromEntries(
    able.map((kind) => [kind.name, kind.schema.meta({ description: kind.about }).optional()]),
  )
  const whole: z.ZodType<z.output<typeof faultBase> & Readonly<Record<string, unknown>>> = z
    .strictObject({ ...faultBase.shape, ...named })
    .meta({ oneOf: kinds.map((kind) => ({ required: [kind] })) })
  return whole
    .superRefine((fault, context) => exactlyOne(fault, kinds, 'fault', context))
    .superRefine((fault, context) => {
      for (const kind of able) foreignSettings(kind, fault[kind.name], sort, context)
    })
    .transform((fault): ParsedFault => {
      const kind = kinds.find((candidate) => fault[candidate] !== undefined) ?? ''
      return { ...fault, kind, config: fault[kind] }
    })
}

const other = { mesh: 'pipeline', pipeline: 'mesh' } as const

/** Settings of a fault that only the other sort of scenario knows. */
function foreignSettings(kind: FaultKind, given: unknown, sort: ScenarioSort, context: z.RefinementCtx): void {
  if (typeof given !== 'object' || given === null) return
  const known = kind.onlyIn?.[sort] ?? []
  for (const key of kind.onlyIn?.[other[sort]] ?? []) {
    if ((given as Readonly<Record<string, unknown>>)[key] === undefined) continue
    const instead = known.length === 0 ? '' : `; here it has ${known.join(', ')}`
    const message = `no ${key} of ${kind.name} in a ${sort}, found it, which is for a ${other[sort]}${instead}`
    context.addIssue({ code: 'custom', path: [kind.name, key], message })
  }
}

/** An expectation: a map with exactly one key of a registered check. */
function expectationSchema(registry: Registry, sort: ScenarioSort) {
  const able = registry.checks.filter((kind) => judges(kind, sort))
  const names = able.map((kind) => kind.name)
  const whole: z.ZodType<Readonly<Record<string, unknown>>> = z
    .strictObject(
      Object.fromEntries(able.map((kind) => [kind.name, kind.schema.meta({ description: kind.about }).optional()])),
    )
    .meta({ minProperties: 1, maxProperties: 1 })
  return whole
    .superRefine((expectation, context) => exactlyOne(expectation, names, 'check', context))
    .transform((expectation): ParsedExpectation => {
      const check = names.find((candidate) => expectation[candidate] !== undefined) ?? ''
      return { check, config: expectation[check] }
    })
}

function exactlyOne(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  what: string,
  context: z.RefinementCtx,
): void {
  const given = names.filter((name) => value[name] !== undefined)
  if (given.length === 1) return
  const found = given.length === 0 ? 'none' : given.join(' and ')
  context.addIssue({ code: 'custom', message: `exactly one ${what} of ${names.join(', ')}, found ${found}` })
}

/** Whether a fault can act in such a scenario: it has a way to. */
export function actsIn(kind: FaultKind, sort: ScenarioSort): boolean {
  if (sort === 'mesh') return kind.plan !== undefined || kind.inject !== undefined
  return [kind.planCall, kind.planInvocation, kind.injectPipeline].some((way) => way !== undefined)
}

export function judges({ judges = 'mesh' }: CheckKind, sort: ScenarioSort): boolean {
  return judges === 'both' || judges === sort
}

/** The fields that every scenario has. */
export function commonFields(registry: Registry, sort: ScenarioSort) {
  return {
    name: name('Unique among the scenarios of a run.'),
    about: z.string().min(1, { error: 'a sentence' }).max(2000).meta({ description: 'Why this scenario is here.' }),
    duration: duration('How long load is sent.').refine((ms) => !(ms <= 0), { error: 'a duration above zero' }),
    faults: z.array(faultSchema(registry, sort)).max(50).default([]),
    expect: z
      .array(expectationSchema(registry, sort))
      .min(1, { error: `at least one expectation, for instance ${sort === 'mesh' ? 'policy' : 'nothing-lost'}: {}` })
      .max(50)
      .meta({ description: 'What must hold, judged from the recorded history.' }),
    isolated: z
      .boolean()
      .meta({ description: 'Processes of its own. Always so with faults that need it.' })
      .default(false),
    falseAlarm: z
      .strictObject({
        probability: z.number().min(0).max(1),
        because: z.string().min(1).meta({ description: 'How that was computed.' }),
      })
      .meta({ description: 'The chance that this scenario fails although nothing is wrong.' })
      .optional(),
  }
}

export type ParsedFaults = z.output<ReturnType<typeof commonFields>['faults']>
export type ParsedExpectations = z.output<ReturnType<typeof commonFields>['expect']>
