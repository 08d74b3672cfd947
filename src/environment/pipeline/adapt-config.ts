// What must be changed in a pipeline's config so that it runs here, beside others of the same run: names of the stack, of
// buckets and of topics get the scenario's key, and ARNs the emulator's account. Every change is told, a line each.

import type { PipelineConfig } from '../../pipeline/config.ts'

export const emulatorAccount = '000000000000'
export const emulatorRegion = 'us-east-1'

export interface AdaptedConfig {
  readonly config: PipelineConfig
  readonly changes: readonly string[]
  /** The deployed name of a bucket of the config. */
  bucketOf(name: string): string
}

/** `buckets`: those that the scenario puts objects into, beside those that the config names. */
export function adaptConfig(config: PipelineConfig, key: string, buckets: readonly string[]): AdaptedConfig {
  const bucketOf = (name: string) => `${name}-${key}`
  const changes: string[] = []
  const change = (what: string, from: string, to: string): string => {
    if (from !== to) changes.push(`${what} ${from} becomes ${to}`)
    return to
  }
  const arnHere = (what: string, arn: string, mark: string) => change(what, arn, localArn(arn, mark))
  const { streamArns, tableArn, dlqTopicArn, roleArns } = config.given
  const named = [...config.routing.flatMap(({ bucket }) => bucket ?? []), ...Object.keys(config.bucketMapping)]
  for (const name of new Set([...named, ...buckets])) change('bucket', name, bucketOf(name))
  return {
    bucketOf,
    changes,
    config: {
      ...config,
      stackName: change('stack', config.stackName, `${config.stackName}-${key}`),
      // Names are unique in an account and region only, and here there is just one of each: so every one gets a mark.
      topics: config.topics.map(({ name, arn }) => ({ name, arn: arnHere('topic', arn, `${key}-${name}`) })),
      given: {
        streamArns: mapValues(streamArns, (arn, lane) => arnHere('stream', arn, `${key}-${lane}`)),
        ...(tableArn === undefined ? {} : { tableArn: arnHere('table', tableArn, key) }),
        ...(dlqTopicArn === undefined ? {} : { dlqTopicArn: arnHere('topic', dlqTopicArn, key) }),
        roleArns: mapValues(roleArns, (arn) => arnHere('role', arn, key)),
      },
      routing: config.routing.map(({ bucket, ...route }) => ({
        ...route,
        ...(bucket === undefined ? {} : { bucket: bucketOf(bucket) }),
      })),
      bucketMapping: Object.fromEntries(
        Object.entries(config.bucketMapping).map(([bucket, rules]) => [bucketOf(bucket), rules]),
      ),
    },
  }
}

/** What AWS takes as the last part of each ARN at most: names of topics, streams, tables and roles. */
const nameLettersMax: Readonly<Record<string, number>> = { sns: 256, kinesis: 128, dynamodb: 255, iam: 64 }

/** `arn:aws-cn:sns:cn-north-1:123456789012:topic` in the emulator's partition, region and account, marked as this scenario's. */
function localArn(arn: string, mark: string): string {
  const [, , service = '', region, , ...rest] = arn.split(':')
  const path = rest.join(':').split('/')
  const name = path.pop() ?? ''
  const kept = name.slice(0, (nameLettersMax[service] ?? name.length) - mark.length - 1)
  const here = region === '' ? '' : emulatorRegion
  return ['arn', 'aws', service, here, emulatorAccount, [...path, `${kept}-${mark}`].join('/')].join(':')
}

function mapValues<Key extends string>(
  values: Partial<Readonly<Record<Key, string>>>,
  change: (value: string, key: string) => string,
): Partial<Record<Key, string>> {
  const entries = Object.entries<string | undefined>(values)
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value, key)]])),
  ) as Partial<Record<Key, string>>
}
