// The format of a pipeline's `config.yml`, as a strict schema. Each rule's message says what was expected; what was found
// and where is added by config-problems.ts. What needs more than one value to be judged is in config-rules.ts.

import { z } from 'zod'

const text = (error: string) => z.string({ error }).min(1, { error })
const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}

const stackName = () => {
  const error = 'a name of letters, digits and hyphens that begins with a letter, at most 40 characters'
  return z.string({ error }).regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, { error })
}

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const bucketExpected = 'a bucket name (3 to 63 lower-case letters, digits, dots and hyphens)'
const bucket = () => z.string({ error: bucketExpected }).regex(bucketPattern, { error: bucketExpected })

const region = '[a-z]{2}(?:-[a-z]+)+-\\d'
const arnPatterns = {
  sns: [`sns:${region}:\\d{12}:[A-Za-z0-9_-]+`, 'arn:aws:sns:REGION:ACCOUNT:TOPIC'],
  kinesis: [`kinesis:${region}:\\d{12}:stream/[A-Za-z0-9_.-]+`, 'arn:aws:kinesis:REGION:ACCOUNT:stream/STREAM'],
  dynamodb: [`dynamodb:${region}:\\d{12}:table/[A-Za-z0-9_.-]+`, 'arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE'],
  role: ['iam::\\d{12}:role/[\\w+=,.@/-]+', 'arn:aws:iam::ACCOUNT:role/ROLE'],
} as const

const arn = (kind: keyof typeof arnPatterns) => {
  const [pattern, shape] = arnPatterns[kind]
  const error = `an ARN like ${shape}`
  return z.string({ error }).regex(new RegExp(`^arn:aws[a-z-]*:${pattern}$`), { error })
}

const sam = () =>
  z.strictObject(
    { code_bucket: bucket(), code_prefix: z.string({ error: 'a prefix of keys' }).exactOptional() },
    { error: 'a mapping with code_bucket and code_prefix' },
  )

const secondsExpected = 'seconds, from 0'
const laneSchema = z.strictObject(
  {
    batch_size: whole(1, 10_000).exactOptional(),
    delay: z.number({ error: secondsExpected }).min(0, { error: secondsExpected }).exactOptional(),
  },
  { error: 'a mapping with batch_size and delay' },
)

const backendSchema = z.strictObject(
  {
    sns_topics: z
      .array(
        z.strictObject(
          {
            name: z
              .string({ error: 'a name of letters and digits' })
              .regex(/^[A-Za-z][A-Za-z0-9]{0,99}$/, { error: 'a name of letters and digits' }),
            arn: arn('sns'),
          },
          { error: 'a mapping with name and arn' },
        ),
        { error: 'a list of topics, each with name and arn' },
      )
      .min(1, { error: 'a list of at least one topic' }),
    kinesis_stream_fast_arn: arn('kinesis').exactOptional(),
    kinesis_stream_slow_arn: arn('kinesis').exactOptional(),
    dynamodb_arn: arn('dynamodb').exactOptional(),
    dlq_sns_arn: arn('sns').exactOptional(),
    role_arn: z
      .strictObject(
        {
          event_pusher: arn('role').exactOptional(),
          dispatcher: arn('role').exactOptional(),
          reporter: arn('role').exactOptional(),
          drain: arn('role').exactOptional(),
        },
        { error: 'a mapping of roles' },
      )
      .exactOptional(),
    lane: z
      .strictObject(
        { fast: laneSchema.exactOptional(), slow: laneSchema.exactOptional() },
        { error: 'a mapping with fast and slow' },
      )
      .exactOptional(),
  },
  { error: 'a mapping with sns_topics' },
)

const handlerSchema = z.strictObject(
  {
    path: text('the path of a TypeScript or JavaScript file'),
    args: z.record(z.string(), z.unknown(), { error: 'a mapping' }).exactOptional(),
    role_arn: arn('role').exactOptional(),
    concurrency: whole(1, 1000).exactOptional(),
  },
  { error: 'a mapping with path and args' },
)

const prefix = () => z.string({ error: 'a prefix of keys' }).exactOptional()

const routeSchema = z.strictObject(
  {
    bucket: bucket().exactOptional(),
    prefix: prefix(),
    dest: z.enum(['fast', 'slow', 'drop'], { error: 'fast, slow or drop' }),
  },
  { error: 'a mapping with bucket, prefix and dest' },
)

const formatRuleSchema = z.strictObject(
  {
    prefix: prefix(),
    format: z
      .array(z.string({ error: 'the name of a format' }), { error: 'a list of formats' })
      .min(1, { error: 'a list of at least one format' }),
  },
  { error: 'a mapping with prefix and format' },
)

export const configSchema = z.strictObject(
  {
    stack_name: stackName(),
    description: z.string({ error: 'text' }).exactOptional(),
    sam: sam().exactOptional(),
    base: z.strictObject({ sam: sam() }, { error: 'a mapping with sam' }).exactOptional(),
    backend: backendSchema,
    handler: handlerSchema,
    routing: z.array(routeSchema, { error: 'a list of rules, each with dest' }).exactOptional(),
    bucket_mapping: z.record(
      bucket(),
      z
        .array(formatRuleSchema, { error: 'a list of rules, each with format' })
        .min(1, { error: 'a list of at least one rule' }),
      { error: 'a mapping of buckets' },
    ),
  },
  { error: 'a mapping with stack_name, backend, handler and bucket_mapping' },
)

/** A config that the schema let pass, with the keys of the file. */
export type ConfigFile = z.infer<typeof configSchema>

/** The keys of each mapping, by the path at which it stands; `*` is any step. */
export const knownKeys: readonly (readonly [path: string, keys: readonly string[]])[] = [
  ['', Object.keys(configSchema.shape)],
  ['sam', ['code_bucket', 'code_prefix']],
  ['base', ['sam']],
  ['base.sam', ['code_bucket', 'code_prefix']],
  ['backend', Object.keys(backendSchema.shape)],
  ['backend.sns_topics.*', ['name', 'arn']],
  ['backend.role_arn', ['event_pusher', 'dispatcher', 'reporter', 'drain']],
  ['backend.lane', ['fast', 'slow']],
  ['backend.lane.*', Object.keys(laneSchema.shape)],
  ['handler', Object.keys(handlerSchema.shape)],
  ['routing.*', Object.keys(routeSchema.shape)],
  ['bucket_mapping.*.*', Object.keys(formatRuleSchema.shape)],
]
