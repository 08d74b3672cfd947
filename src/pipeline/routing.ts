// Where an object goes and what is in it, by its bucket and key. Routing: the first rule that matches wins, and without
// one the lane is `fast`. Formats: the longest prefix wins.

import type { LaneName } from '../core/history.ts'

export interface Route {
  /** Absent: every bucket. */
  readonly bucket?: string
  readonly prefix: string
  readonly dest: LaneName | 'drop'
}

export interface FormatRule {
  readonly prefix: string
  /** The source (`s3-lines`), then the parsers in their order. */
  readonly format: readonly string[]
}

/** The parts of a config that say where objects go. */
export interface Routing {
  readonly routing: readonly Route[]
  readonly bucketMapping: Readonly<Record<string, readonly FormatRule[]>>
}

export function laneOf(config: Pick<Routing, 'routing'>, bucket: string, key: string): LaneName | 'drop' {
  const matches = (rule: Route) => (rule.bucket ?? bucket) === bucket && key.startsWith(rule.prefix)
  return config.routing.find(matches)?.dest ?? 'fast'
}

/** Empty: nothing is known of this object. */
export function formatsOf(config: Pick<Routing, 'bucketMapping'>, bucket: string, key: string): readonly string[] {
  if (!Object.hasOwn(config.bucketMapping, bucket)) return []
  let best: FormatRule | undefined
  for (const rule of config.bucketMapping[bucket] ?? [])
    if (key.startsWith(rule.prefix) && (best === undefined || rule.prefix.length > best.prefix.length)) best = rule
  return best?.format ?? []
}
