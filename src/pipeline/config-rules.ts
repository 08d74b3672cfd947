// What a schema cannot say of a config: formats that exist, rules that can match, a delay that leaves the Dispatcher time
// to work. Each rule returns problems and knows nothing of files and lines.

import { existsSync, statSync } from 'node:fs'
import { type ConfigProblem, found, hint } from './config-problems.ts'
import type { ConfigFile } from './config-schema.ts'
import { parserNames, sourceNames } from './format-names.ts'

/** Timeout of all functions. */
export const functionTimeoutMs = 300_000
/** What one asynchronous invocation of Main is given of the Dispatcher's time. */
const invokeAllowanceMs = 100
/** The rest is for slow calls: a batch that times out is retried as a whole until it expires. */
const busyMaxMs = functionTimeoutMs * 0.8

export function ruleProblems(config: ConfigFile, handlerPath: string): readonly ConfigProblem[] {
  return [
    ...codeProblems(config),
    ...topicProblems(config),
    ...loopProblems(config),
    ...laneProblems(config),
    ...handlerProblems(config, handlerPath),
    ...routingProblems(config),
    ...formatProblems(config),
  ]
}

function codeProblems(config: ConfigFile): readonly ConfigProblem[] {
  if (config.sam === undefined || config.base === undefined) return []
  return [{ path: ['base', 'sam'], part: 'key', text: 'expected sam once, found it here and at /sam; remove one' }]
}

function topicProblems({ backend }: ConfigFile): readonly ConfigProblem[] {
  return (['name', 'arn'] as const).flatMap((key) =>
    backend.sns_topics.flatMap((topic, index) =>
      backend.sns_topics.findIndex((other) => other[key] === topic[key]) === index
        ? []
        : [
            {
              path: ['backend', 'sns_topics', index, key],
              text: `expected each ${key} once, found ${found(topic[key])} again`,
            },
          ],
    ),
  )
}

/** What is given twice would be read twice: each record dispatched by both lanes, each dead letter announced as an object. */
function loopProblems({ backend }: ConfigFile): readonly ConfigProblem[] {
  const { sns_topics, dlq_sns_arn, kinesis_stream_fast_arn, kinesis_stream_slow_arn } = backend
  const problem = (key: string, text: string) => [{ path: ['backend', key], text }]
  const stream = 'expected another stream than the one of the fast lane, found the same'
  const topic = 'expected another topic than those that announce objects, found one of them'
  return [
    ...(kinesis_stream_slow_arn !== undefined && kinesis_stream_slow_arn === kinesis_stream_fast_arn
      ? problem('kinesis_stream_slow_arn', stream)
      : []),
    ...(sns_topics.some(({ arn }) => arn === dlq_sns_arn) ? problem('dlq_sns_arn', topic) : []),
  ]
}

function laneProblems({ backend }: ConfigFile): readonly ConfigProblem[] {
  return (['fast', 'slow'] as const).flatMap((lane) => {
    const problem = laneProblem(backend.lane?.[lane] ?? {})
    return problem === undefined ? [] : [{ path: ['backend', 'lane', lane, problem.key], text: problem.text }]
  })
}

type LaneFile = NonNullable<NonNullable<ConfigFile['backend']['lane']>['fast']>

/** Why a Dispatcher would not come to the end of its batch in time; also for limits that an operator sets. */
export function laneProblem({
  delay = 0,
  batch_size = 1,
}: LaneFile): { readonly key: keyof LaneFile; readonly text: string } | undefined {
  const busyMs = delay * 1000 + batch_size * invokeAllowanceMs
  if (busyMs <= busyMaxMs) return undefined
  const because =
    `the Dispatcher ends after ${functionTimeoutMs / 1000} s and its batch is then retried until it expires, ` +
    'so Main runs many times and the shard stands still'
  const delayAlone = delay * 1000 + invokeAllowanceMs > busyMaxMs
  const expected = delayAlone
    ? `a delay of at most ${Math.max(0, busyMaxMs - batch_size * invokeAllowanceMs) / 1000} s`
    : `a batch size of at most ${Math.floor((busyMaxMs - delay * 1000) / invokeAllowanceMs)} with this delay`
  return {
    key: delayAlone ? 'delay' : 'batch_size',
    text: `expected ${expected}, found ${delayAlone ? delay : batch_size}: ${because}`,
  }
}

function handlerProblems({ handler }: ConfigFile, handlerPath: string): readonly ConfigProblem[] {
  const path = ['handler', 'path']
  if (!/\.[cm]?[jt]s$/.test(handler.path))
    return [{ path, text: `expected a TypeScript or JavaScript file, found ${found(handler.path)}` }]
  if (!existsSync(handlerPath))
    return [{ path, text: `expected a file, found nothing at ${handlerPath} (paths count from the config's folder)` }]
  return statSync(handlerPath).isFile() ? [] : [{ path, text: `expected a file, found a directory at ${handlerPath}` }]
}

function routingProblems({ routing = [], bucket_mapping }: ConfigFile): readonly ConfigProblem[] {
  const buckets = Object.keys(bucket_mapping)
  return routing.flatMap((rule, index) => {
    const { bucket, prefix = '', dest } = rule
    const problems: ConfigProblem[] = []
    if (bucket !== undefined && dest !== 'drop' && !buckets.includes(bucket))
      problems.push({
        path: ['routing', index, 'bucket'],
        text: `expected a bucket of bucket_mapping, found ${found(bucket)}${hint(bucket, buckets)}`,
      })
    const earlier = routing
      .slice(0, index)
      .findIndex((other) => (other.bucket ?? bucket) === bucket && prefix.startsWith(other.prefix ?? ''))
    if (earlier >= 0)
      problems.push({
        path: ['routing', index],
        text: `expected a rule that can match, found that rule ${earlier} (counted from 0) takes all of it; put this one first`,
      })
    return problems
  })
}

function formatProblems({ bucket_mapping }: ConfigFile): readonly ConfigProblem[] {
  return Object.entries(bucket_mapping).flatMap(([bucket, rules]) =>
    rules.flatMap(({ prefix = '', format }, index) => {
      const path = ['bucket_mapping', bucket, index]
      const twice = rules.findIndex((other) => (other.prefix ?? '') === prefix) !== index
      const problems: ConfigProblem[] = twice
        ? [{ path: [...path, 'prefix'], text: `expected each prefix once, found ${found(prefix)} again` }]
        : []
      return [...problems, ...chainProblems(format).map(({ at, text }) => ({ path: [...path, 'format', at], text }))]
    }),
  )
}

/** A source, then parsers. */
export function chainProblems(format: readonly string[]): readonly { readonly at: number; readonly text: string }[] {
  const sources: readonly string[] = sourceNames
  const parsers: readonly string[] = parserNames
  return format.flatMap((name, at) => {
    if (at === 0) {
      if (sources.includes(name)) return []
      const first = `expected a source first (${sources.join(', ')}), found ${found(name)}`
      return [
        { at, text: parsers.includes(name) ? `${first}; write [s3-lines, ${name}]` : `${first}${hint(name, sources)}` },
      ]
    }
    if (format[0] === 'ignore') return [{ at, text: `expected nothing behind ignore, found ${found(name)}` }]
    if (parsers.includes(name)) return []
    return [{ at, text: `expected a known parser, found ${found(name)}${hint(name, parsers)}` }]
  })
}
