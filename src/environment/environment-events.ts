// What an environment says as history events: lines of its two Envoys' access logs and own logs, the outlier log, the lives
// of its processes. Times are brought onto the run's clock, names back to the scenario's own.

import { monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'
import { readAccessLogLine } from './envoy/access-log.ts'
import type { EnvoyLogEntry } from './envoy/envoy-log.ts'
import { pulseReader, readPulseLine } from './envoy/pulse.ts'
import { type ProcessLife, processLife } from './process-life.ts'
import type { EnvoyRole } from './scenario-counters.ts'
import type { ScenarioPlace } from './topology.ts'

export interface EnvironmentEvents {
  readonly emit: (event: NewEvent) => void
  /** Milliseconds since the run's origin. */
  readonly now: () => number
  readonly toRunMs: (wallMs: number) => number
  readonly life: ProcessLife
  /** Scenario whose alone this environment is; empty when several share it. */
  readonly owner: string
  accessLogLine(role: EnvoyRole, line: string): void
  envoyLog(role: EnvoyRole, entry: EnvoyLogEntry): void
  /** Scenario and its own name for a cluster inside Envoy. */
  clusterOf(served: string): { readonly scenario: string; readonly cluster: string } | undefined
}

export interface EnvironmentEventsOptions {
  readonly places: readonly ScenarioPlace[]
  readonly suffix: string
  readonly originMs: number
  readonly wallOffsetMs: number
  readonly emit: (event: NewEvent) => void
}

export function environmentEvents(options: EnvironmentEventsOptions): EnvironmentEvents {
  const { places, suffix, emit, originMs } = options
  const owner = suffix !== '' && places.length === 1 ? (places[0]?.record.name ?? '') : ''
  const now = () => monotonicMs() - originMs
  const toRunMs = (wallMs: number) => wallMs - options.wallOffsetMs - originMs
  const scenarios = new Map(places.map((place) => [place.key, place.record.name]))
  const hosts = new Map(
    places.flatMap((place) => place.hosts.map((host) => [host.hostKey, { scenario: place.record.name, place: host }])),
  )
  const clusters = new Map(
    places.flatMap(({ prefix, record, clusters }) =>
      clusters.map((cluster) => [`${prefix}${cluster}`, { scenario: record.name, cluster }]),
    ),
  )
  const context = {
    scenarioOf: (key: string) => scenarios.get(key),
    hostOf: (key: string) => hosts.get(key),
    prefixOf: (key: string) => places.find((place) => place.key === key)?.prefix ?? '',
    toRunMs,
  }
  const pulse = pulseReader(owner, emit)
  const envoyLog = (role: EnvoyRole, { level, text }: EnvoyLogEntry) =>
    emit({ kind: 'log-line', src: role, atMs: now(), scenario: owner, process: `${role}${suffix}`, level, text })
  return {
    emit,
    now,
    toRunMs,
    owner,
    life: processLife({ scenario: owner, emit, now }),
    envoyLog,
    accessLogLine(role, line) {
      try {
        const pulseWallMs = readPulseLine(line)
        if (pulseWallMs !== undefined) return pulse(toRunMs(pulseWallMs))
        const event = readAccessLogLine(line, context)
        if (event !== undefined) emit(event)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        envoyLog(role, { level: 'error', text: `unreadable access log line (${error.message}): ${line.slice(0, 500)}` })
      }
    },
    clusterOf: (served) => clusters.get(served),
  }
}
