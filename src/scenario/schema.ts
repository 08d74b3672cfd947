// The scenario file as a schema: shapes, ranges and defaults of single values. What takes two values to judge (windows,
// targets, names used twice) is in cross-checks.ts; fault and check kinds bring the schemas of their own settings.
// Custom messages are written to follow the word "expected".

import { z } from 'zod'
import { parseDurationMs } from '../core/units.ts'
import type { Registry } from './registry.ts'

const durationText = /^\d+(?:\.\d+)?(?:us|ms|s|m|h)$/
const hourMs = 3_600_000
const bodyBytesMax = 10 * 1024 * 1024
const ratePerSecondMax = 20_000

const hostsMax = 9
/** Plain names: they appear in files, stat names, URLs and headers. */
const plainName = /^[a-z0-9][a-z0-9-]{0,79}$/
const plainNameExpected = 'a name of lower-case letters, digits and hyphens (at most 80)'

/** A duration as text; milliseconds inside the program. */
function duration(about: string) {
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
const count = (about: string, min: number, max: number) => z.int().min(min).max(max).meta({ description: about })
const file = (about: string) => z.string().min(1, { error: 'a path' }).meta({ description: about })
const rate = (about: string) => z.number().min(0).max(ratePerSecondMax).meta({ description: about })

const mesh = z
  .strictObject({
    definition: file('Service definition (.yaml, .yml, .json or .jsonnet), relative to this file.'),
    node: z
      .string()
      .regex(/^[\w.-]{1,128}$/, { error: 'a node name of letters, digits, ".", "_" and "-"' })
      .meta({ description: "Envoy's node.cluster. Default: the definition's file name without its extension." })
      .optional(),
    declared: file('The definition that the run is held to. Default: the definition that is served.').optional(),
  })
  .meta({ description: 'The config under test.' })

const serviceTime = z
  .union([
    duration('How long every request takes.').transform((ms) => ({ p50Ms: ms, p99Ms: ms })),
    z
      .strictObject({ p50: duration('Half of the requests take at most this.'), p99: duration('99 % of them.') })
      .refine(({ p50, p99 }) => !(p99 < p50), { error: 'a p99 that is not below p50', path: ['p99'] })
      .transform(({ p50, p99 }) => ({ p50Ms: p50, p99Ms: p99 })),
  ])
  .meta({ description: 'One duration, or p50 and p99 of a log-normal distribution. Default: 3ms.' })

const upstream = z
  .strictObject({
    hosts: count('Hosts of the cluster. Default: 1.', 1, hostsMax).default(1),
    serviceTime: serviceTime.prefault('3ms'),
    capacity: count('Requests that a host works on at once; others wait in order.', 1, 100_000).optional(),
    status: count('HTTP status of every answer. Default: 200.', 200, 599).default(200),
    bodyBytes: count('Bytes of the body of every answer. Default: 64.', 0, bodyBytesMax).default(64),
  })
  .meta({ description: 'What answers behind a cluster.' })

const reservedHeaders = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])
const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/, { error: 'a header name' })
      .refine((key) => !reservedHeaders.has(key.toLowerCase()) && !key.toLowerCase().startsWith('x-shaketable-'), {
        error: 'a header that is not set by the generator itself (host, content-length, x-shaketable-..., ...)',
      }),
    z.string().regex(/^[\t\x20-\x7e]{0,1000}$/, { error: 'printable ASCII text of at most 1000 characters' }),
  )
  .refine((map) => Object.keys(map).length <= 20, { error: 'at most 20 headers' })
  .meta({ description: 'Headers that the request carries.' })

const request = z.strictObject({
  host: z
    .string()
    .regex(/^[\w.:[\]-]{1,255}$/, { error: 'a host name, as in the definition' })
    .meta({ description: 'The virtual host, sent as Host or :authority.' }),
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    .meta({ description: 'Default: GET.' })
    .default('GET'),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,2000}$/, { error: 'a path that begins with "/" and has no spaces' })
    .meta({ description: 'Default: /.' })
    .default('/'),
  headers: headers.default({}),
  bodyBytes: count('Bytes of body that the request carries. Default: 0.', 0, bodyBytesMax).default(0),
})

const arrivals = z
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

const traffic = z.strictObject({
  request,
  ratePerSecond: rate('Requests started in a second, whether or not earlier ones were answered.'),
  arrivals: arrivals.default('poisson'),
  timeout: duration("The client's own limit, from the intended send time. Default: 10s.").prefault('10s'),
  from: duration('Default: 0s.').prefault('0s'),
  until: duration("Default: the scenario's duration.").optional(),
})

const faultBase = z.strictObject({
  name: name('For messages, reports and checks.'),
  target: z.string().min(1).meta({ description: 'A cluster, or control-plane.' }),
  host: count('Only this host of the cluster, counted from 1. Default: all.', 1, hostsMax).optional(),
  from: duration("When the fault begins, since the scenario's start. Default: 0s.").prefault('0s'),
  until: duration("When it is healed. Default: the scenario's duration.").optional(),
})

type ParsedFault = z.output<typeof faultBase> & { readonly kind: string; readonly config: unknown }
interface ParsedExpectation {
  readonly check: string
  readonly config: unknown
}

/** A fault: the common fields and exactly one key of a registered kind. */
function faultSchema(registry: Registry) {
  const kinds = registry.faults.map((kind) => kind.name)
  const named = Object.fromEntries(
    registry.faults.map((kind) => [kind.name, kind.schema.meta({ description: kind.about }).optional()]),
  )
  const whole: z.ZodType<z.output<typeof faultBase> & Readonly<Record<string, unknown>>> = z
    .strictObject({ ...faultBase.shape, ...named })
    .meta({ oneOf: kinds.map((kind) => ({ required: [kind] })) })
  return whole
    .superRefine((fault, context) => exactlyOne(fault, kinds, 'fault', context))
    .transform((fault): ParsedFault => {
      const kind = kinds.find((candidate) => fault[candidate] !== undefined) ?? ''
      return { ...fault, kind, config: fault[kind] }
    })
}

/** An expectation: a map with exactly one key of a registered check. */
function expectationSchema(registry: Registry) {
  const names = registry.checks.map((kind) => kind.name)
  const whole: z.ZodType<Readonly<Record<string, unknown>>> = z
    .strictObject(
      Object.fromEntries(
        registry.checks.map((kind) => [kind.name, kind.schema.meta({ description: kind.about }).optional()]),
      ),
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

export function scenarioSchema(registry: Registry) {
  return z
    .strictObject({
      name: name('Unique among the scenarios of a run.'),
      about: z.string().min(1, { error: 'a sentence' }).max(2000).meta({ description: 'Why this scenario is here.' }),
      mesh,
      upstreams: z
        .record(z.string().min(1), upstream)
        .meta({ description: 'By cluster. Default for those not named: 1 host, 3ms.' })
        .default({}),
      traffic: z.array(traffic).max(100).meta({ description: 'What the generator sends.' }).default([]),
      duration: duration('How long load is sent.').refine((ms) => !(ms <= 0), { error: 'a duration above zero' }),
      faults: z.array(faultSchema(registry)).max(50).default([]),
      expect: z
        .array(expectationSchema(registry))
        .min(1, { error: 'at least one expectation, for instance policy: {}' })
        .max(50)
        .meta({ description: 'What must hold, judged from the recorded history.' }),
      isolated: z
        .boolean()
        .meta({ description: 'Envoys and a control plane of its own. Always so with faults that need it.' })
        .default(false),
      falseAlarm: z
        .strictObject({
          probability: z.number().min(0).max(1),
          because: z.string().min(1).meta({ description: 'How that was computed.' }),
        })
        .meta({ description: 'The chance that this scenario fails although nothing is wrong.' })
        .optional(),
    })
    .meta({ title: 'Shaketable scenario' })
}

export type ParsedScenario = z.output<ReturnType<typeof scenarioSchema>>
