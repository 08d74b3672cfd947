// What a pipeline's config declares as far as a history can be held to it: `declaredPolicy` of the header keeps it by
// scenario. An operator who sets limits changes it from then on; `limitOf` reads such an event. The config itself, and
// everything that only a deployment needs, stays out.

import type { LaneName, OperatorActed } from '../core/history.ts'

export interface DeclaredLane {
  /** Records that the Dispatcher takes at once. */
  readonly batchSize: number
  /** DELAY: how long the Dispatcher sleeps after each batch. */
  readonly delayMs: number
}

export interface DeclaredPipeline {
  readonly kind: 'pipeline'
  readonly lanes: Readonly<Record<LaneName, DeclaredLane>>
  /** Main's reserved concurrency. */
  readonly concurrency: number
}

/** Undefined for anything else than a DeclaredPipeline, for instance a mesh's policy. */
export function declaredPipeline(value: unknown): DeclaredPipeline | undefined {
  if (!isRecord(value) || value.kind !== 'pipeline' || !isRecord(value.lanes)) return undefined
  const { fast, slow } = value.lanes
  if (!isLane(fast) || !isLane(slow) || typeof value.concurrency !== 'number') return undefined
  return { kind: 'pipeline', lanes: { fast, slow }, concurrency: value.concurrency }
}

export interface Limit {
  readonly lane: LaneName
  readonly atMs: number
  readonly delayMs?: number
  readonly batchSize?: number
}

/** The limit that an operator, or a controller, set; its lane is the first word of `detail`. */
export function limitOf({ action, detail, values, atMs }: OperatorActed): Limit | undefined {
  if (action !== 'limit') return undefined
  const [lane] = detail.split(' ', 1)
  if (lane !== 'fast' && lane !== 'slow') return undefined
  const { delayMs, batchSize } = values ?? {}
  return {
    lane,
    atMs,
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(batchSize === undefined ? {} : { batchSize }),
  }
}

function isLane(value: unknown): value is DeclaredLane {
  return isRecord(value) && typeof value.batchSize === 'number' && typeof value.delayMs === 'number'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
