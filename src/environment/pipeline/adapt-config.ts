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
  const arnHere = (what: string, arn: string) => change(what, arn, localArn(arn, key))
  const { streamArns, tableArn, dlqTopicArn, roleArns } = config.given
  const named = [...config.routing.flatMap(({ bucket }) => bucket ?? []), ...Object.keys(config.bucketMapping)]
  for (const name of new Set([...named, ...buckets])) change('bucket', name, bucketOf(name))
  return {
    bucketOf,
    changes,
    config: {
      ...config,
      stackName: change('stack', config.stackName, `${config.stackName}-${key}`),
      topics: config.topics.map(({ name, arn }) => ({ name, arn: arnHere('topic', arn) })),
      given: {
        streamArns: mapValues(streamArns, (arn) => arnHere('stream', arn)),
        ...(tableArn === undefined ? {} : { tableArn: arnHere('table', tableArn) }),
        ...(dlqTopicArn === undefined ? {} : { dlqTopicArn: arnHere('topic', dlqTopicArn) }),
        roleArns: mapValues(roleArns, (arn) => arnHere('role', arn)),
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

/** `arn:aws:sns:eu-west-1:123456789012:topic` in the emulator's region and account, its name with the key. */
function localArn(arn: string, key: string): string {
  const [prefix, partition, service, region, , ...rest] = arn.split(':')
  const here = region === '' ? '' : emulatorRegion
  return [prefix, partition, service, here, emulatorAccount, `${rest.join(':')}-${key}`].join(':')
}

function mapValues<Key extends string>(
  values: Partial<Readonly<Record<Key, string>>>,
  change: (value: string) => string,
): Partial<Record<Key, string>> {
  const entries = Object.entries<string | undefined>(values)
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value)]])),
  ) as Partial<Record<Key, string>>
}
