// The file of a pipeline scenario as a schema: what is put, what a person does meanwhile, how the handler's downstream
// behaves. What takes two values to judge is in pipeline-checks.ts.

import { z } from 'zod'
import type { Registry } from './registry.ts'
import { arrivals, commonFields, count, duration, file, rate } from './schema-parts.ts'

const linesMax = 2_000_000
const lineBytesMax = 100_000
const delayMsMax = 200_000
const ratio = (about: string) => z.number().min(0).max(1).meta({ description: about })
const lane = z.enum(['fast', 'slow']).meta({ description: 'A lane.' })
/** Anything that S3 takes, but no control characters and no digits at its end, where the number follows. */
const keyPart = (about: string) =>
  z
    .string()
    .regex(/^\P{Cc}{0,200}$/u, { error: 'text of at most 200 characters without control characters' })
    .meta({ description: about })

const pipeline = z
  .strictObject({
    config: file("The pipeline's config.yml, relative to this file."),
    shards: count('Shards of each lane. Default: 1.', 1, 8).default(1),
    sink: z
      .strictObject({
        serviceTime: duration('How long it takes for every call. Default: 0ms.').prefault('0ms'),
        capacity: count('Calls that it works on at once; others wait in order.', 1, 1000).optional(),
      })
      .meta({ description: "The handler's downstream." })
      .prefault({}),
    fanOut: z
      .boolean()
      .meta({ description: 'A queue as a second consumer of the topic. Default: false.' })
      .default(false),
    asyncRetry: z
      .tuple([duration('Before the second attempt.'), duration('Before the third.')])
      .meta({ description: 'AWS waits 1 and 2 minutes; here the clock is compressed. Default: 300ms, 600ms.' })
      .prefault(['300ms', '600ms']),
  })
  .meta({ description: 'The log pipeline under test.' })

const objects = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,50}[a-z0-9]$/, { error: 'a bucket name of 3 to 52 characters, as S3 takes it' })
    .meta({ description: "A bucket, as the pipeline's config names it." }),
  prefix: keyPart('Begins every key; a number follows.'),
  suffix: keyPart('Ends every key. Default: .log, or .log.gz.').optional(),
  format: z
    .enum(['s3-lines', 'json', 'azure-ad-event', 'g-suite-login'])
    .meta({ description: 'What is in the files. Default: json.' })
    .default('json'),
  gzip: z.boolean().meta({ description: 'Default: false.' }).default(false),
  ratePerSecond: rate('Objects put in a second, whether or not earlier ones came through.'),
  arrivals: arrivals.default('constant'),
  lines: count('Lines of every object. Default: 10.', 0, linesMax).default(10),
  lineBytes: count('Pads lines to about this many bytes. Default: 0.', 0, lineBytesMax).default(0),
  poisonRatio: ratio('Share of lines that no parser can read. Default: 0.').default(0),
  unreadableRatio: ratio('Share of objects whose gzip is broken. Default: 0.').default(0),
  equalTexts: z.boolean().meta({ description: 'All lines of an object bear the same text.' }).default(false),
  from: duration('Default: 0s.').prefault('0s'),
  until: duration("Default: the scenario's duration.").optional(),
})

const when = z
  .union([z.literal('settled'), duration("Since the scenario's start.")])
  .meta({ description: 'A time, or settled: when everything is delivered or parked. In their order.' })

const drain = z.strictObject({
  when,
  drain: z.strictObject({
    chosenRatio: ratio('Share of the parked items; 1: all. Default: 1.').default(1),
    oneByOne: z
      .boolean()
      .meta({ description: 'Item by item, each in an invocation of its own. Default: false.' })
      .default(false),
  }),
})
const limit = z.strictObject({
  when,
  limit: z
    .strictObject({
      lane,
      delay: duration('New DELAY.')
        .refine((ms) => !(ms > delayMsMax), { error: 'a delay of at most 200s' })
        .optional(),
      batchSize: count('New batch size.', 1, 10_000).optional(),
    })
    .refine(({ delay, batchSize }) => delay !== undefined || batchSize !== undefined, { error: 'delay or batchSize' }),
})
const control = z.strictObject({
  when,
  control: z.strictObject({
    lane,
    latencyTarget: duration("What a call of the handler's downstream should take at most (p99)."),
    every: duration('How often DELAY is adjusted. Default: 1s.').prefault('1s'),
  }),
})

export function pipelineSchema(registry: Registry) {
  const common = commonFields(registry, 'pipeline')
  return z
    .strictObject({
      name: common.name,
      about: common.about,
      pipeline,
      objects: z.array(objects).max(20).meta({ description: 'What is put into the buckets.' }).default([]),
      operations: z
        .array(z.union([drain, limit, control]))
        .max(20)
        .meta({ description: 'What a person does to the pipeline meanwhile.' })
        .default([]),
      duration: common.duration,
      settle: duration('How long things may stay under way after the last put or operation. Default: 20s.').prefault(
        '20s',
      ),
      faults: common.faults,
      expect: common.expect,
      isolated: common.isolated,
      falseAlarm: common.falseAlarm,
    })
    .meta({ title: 'Shaketable scenario of a log pipeline' })
}

export type ParsedPipeline = z.output<ReturnType<typeof pipelineSchema>>
