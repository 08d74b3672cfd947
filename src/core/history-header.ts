// What the first line of a history must hold, scenarios included, so that a history edited by hand is refused with a
// place instead of crashing whoever reads it. Settings of checks and faults stay unknown here: their own schemas read them.

import { z } from 'zod'
import { formatPlace, InputError } from './errors.ts'
import { type HistoryHeader, historyFormat } from './history.ts'
import { meshSorts } from './scenario-record.ts'

const texts = z.record(z.string(), z.string())
const count = z.int().min(0)

const arrivals = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('constant') }),
  z.looseObject({ kind: z.literal('poisson') }),
  z.looseObject({ kind: z.literal('ramp'), toPerSecond: z.number() }),
  z.looseObject({ kind: z.literal('step'), toPerSecond: z.number(), atMs: z.number() }),
])

const traffic = z.looseObject({
  request: z.looseObject({
    host: z.string(),
    method: z.string(),
    path: z.string(),
    headers: texts,
    bodyBytes: count,
  }),
  ratePerSecond: z.number(),
  arrivals,
  timeoutMs: z.number(),
  fromMs: z.number(),
  untilMs: z.number(),
})

const upstream = z.looseObject({
  hosts: count,
  serviceTime: z.looseObject({ p50Ms: z.number(), p99Ms: z.number() }),
  capacity: z.number().optional(),
  status: count,
  bodyBytes: count,
})

const fault = z.looseObject({
  name: z.string(),
  kind: z.string(),
  target: z.string(),
  host: count.optional(),
  fromMs: z.number(),
  untilMs: z.number(),
  config: z.unknown(),
})

const mesh = {
  mesh: z.looseObject({ node: z.string() }).refine((mesh) => meshSorts.some((sort) => mesh[sort] !== undefined), {
    error: `one of ${meshSorts.join(', ')} expected`,
  }),
  upstreams: z.record(z.string(), upstream),
  traffic: z.array(traffic),
}

const objects = z.looseObject({
  bucket: z.string(),
  prefix: z.string(),
  suffix: z.string(),
  format: z.string(),
  ratePerSecond: z.number(),
  arrivals,
  lines: count,
  fromMs: z.number(),
  untilMs: z.number(),
})

const pipeline = {
  pipeline: z.looseObject({
    config: z.string(),
    shards: count,
    objects: z.array(objects),
    operations: z.array(z.looseObject({ when: z.union([z.number(), z.literal('settled')]), kind: z.string() })),
    sink: z.looseObject({ serviceTimeMs: z.number() }),
    fanOut: z.boolean(),
    settleMs: z.number(),
  }),
}

const common = {
  name: z.string().min(1),
  about: z.string(),
  file: z.string(),
  durationMs: z.number(),
  faults: z.array(fault),
  expect: z.array(z.looseObject({ check: z.string(), config: z.unknown(), line: count.optional() })),
  isolated: z.boolean(),
  falseAlarm: z.looseObject({ probability: z.number(), because: z.string() }).optional(),
}

const ofPipeline = z.looseObject({ ...common, ...pipeline })
const ofMesh = z.looseObject({ ...common, ...mesh })
/** Told apart by the key `pipeline`, so that a message is about the sort that is meant. */
const scenario = z.unknown().transform((value, context) => {
  const meant = typeof value === 'object' && value !== null && 'pipeline' in value ? ofPipeline : ofMesh
  const result = meant.safeParse(value)
  if (result.success) return result.data
  for (const { message, path } of result.error.issues) context.addIssue({ code: 'custom', message, path: [...path] })
  return z.NEVER
})

const schema = z
  .looseObject({
    format: z.literal(historyFormat),
    versions: z.looseObject({
      shaketable: z.string(),
      envoy: z.string(),
      node: z.string(),
      localstack: z.string().optional(),
    }),
    seed: z.string(),
    startedAt: z.string(),
    scenarios: z.array(scenario),
    declaredPolicy: z.record(z.string(), z.unknown()),
    servedSha256: texts,
    clock: z.looseObject({
      source: z.literal('CLOCK_MONOTONIC'),
      wallOffsetMs: z.number(),
      wallOffsetErrorMs: z.number(),
      tickMs: z.number(),
    }),
  })
  .refine(({ scenarios }) => new Set(scenarios.map(({ name }) => name)).size === scenarios.length, {
    path: ['scenarios'],
    message: 'two scenarios bear the same name',
  })

/** The header that line 1 of `file` holds. Throws an InputError that names the field. */
export function checkHeader(value: unknown, file: string): HistoryHeader {
  const result = schema.safeParse(value)
  if (result.success) return result.data as unknown as HistoryHeader
  const issue = result.error.issues[0]
  const pointer = (issue?.path ?? []).map((part) => `/${String(part)}`).join('')
  throw new InputError(
    `${formatPlace({ file, line: 1, pointer })}: not the header of a history: ${issue?.message ?? 'unreadable'}\n` +
      '  hint: the first line is written by `shaketable run`; restore it from the run folder',
  )
}
