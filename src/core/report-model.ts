// What reporters get: plain data, everything already computed, also what `report.json` holds. Reporters only render it.
// `schema` changes whenever a field changes its meaning or goes. Of a pipeline's scenario everything about requests and the
// mesh (`requests`, `latency`, `sendLag`, `series`, `histogram`, `counters`, `graph`, `examples`) is zero or empty, and
// `pipeline` holds what there is to see instead.

import type { RunComparison } from './report-comparison.ts'
import type { PipelineReport } from './report-pipeline.ts'
import type { FaultRecord } from './scenario-record.ts'
import type { Conclusion, Verdict } from './verdict.ts'

export const reportSchema = 1

export interface RunReport {
  readonly schema: typeof reportSchema
  readonly tool: { readonly name: 'shaketable'; readonly version: string }
  readonly startedAt: string
  readonly seed: string
  /** Command that replays the same arrivals, payloads and planned faults. */
  readonly replay: string
  readonly verdict: Verdict
  readonly exitCode: number
  /** What concerns the whole run: a torn history, a machine that was too slow. */
  readonly problems: readonly string[]
  readonly durationMs: number
  readonly environment: {
    readonly envoy: string
    readonly node: string
    /** Of the AWS emulator, where a pipeline ran. */
    readonly localstack?: string
    readonly readyMs?: number
  }
  readonly scenarios: readonly ScenarioReport[]
  /** With the run before; absent when there is none to compare with. */
  readonly comparison?: RunComparison
}

/** By the access log of the Envoy under test. */
export interface CallerReport {
  readonly listener: string
  readonly requests: number
  readonly attempts: number
  /** Status code (0: none) to a count of requests. */
  readonly byStatus: Readonly<Record<string, number>>
}

export interface ScenarioReport {
  readonly name: string
  readonly about: string
  readonly file: string
  readonly verdict: Verdict
  readonly durationMs: number
  readonly falseAlarm?: { readonly probability: number; readonly because: string }
  readonly expectations: readonly ExpectationReport[]
  readonly requests: {
    readonly sent: number
    readonly succeeded: number
    readonly failed: number
    readonly attempts: number
    /** Status code, or the client's error, to a count. */
    readonly byOutcome: Readonly<Record<string, number>>
    /** Number of attempts to a count of requests. */
    readonly byAttempts: Readonly<Record<string, number>>
  }
  /** Where requests came in by several listeners of the user's: what each of them got. */
  readonly callers?: readonly CallerReport[]
  readonly latency: LatencyReport
  /** Generator's own lag between intended and actual send. */
  readonly sendLag: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  readonly series: readonly SeriesBin[]
  readonly binMs: number
  /** Upper edges in milliseconds, each with the requests at or below it and above the edge before. */
  readonly histogram: readonly { readonly upToMs: number; readonly count: number }[]
  readonly faults: readonly FaultReport[]
  /** Times (since the scenario's start) worth a mark: config pushes, process exits, ejections. */
  readonly marks: readonly { readonly atMs: number; readonly label: string }[]
  /** Envoy counters that changed during the scenario: after minus before. */
  readonly counters: Readonly<Record<string, number>>
  readonly graph: MeshGraph
  /** Envoy warnings and process deaths, at most 50. */
  readonly logLines: readonly {
    readonly atMs: number
    readonly process: string
    readonly level: string
    readonly text: string
  }[]
  /** Example requests: the slowest and those with most attempts, at most 10. */
  readonly examples: readonly RequestExample[]
  /** For each bin of the series its slowest request, and one that failed; the most telling have a timeline. */
  readonly exemplars?: readonly RequestExemplar[]
  /** What we changed in the user's config so that it runs here, one line a change. */
  readonly configChanges: readonly string[]
  /** Of a pipeline's scenario only. */
  readonly pipeline?: PipelineReport
}

export interface ExpectationReport extends Conclusion {
  readonly check: string
  /** The expectation as the scenario has it, in one line. */
  readonly text: string
}

export interface LatencyReport {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** What happened to requests whose intended send time lies in the bin. */
export interface SeriesBin {
  /** Since the scenario's start. */
  readonly fromMs: number
  readonly sent: number
  readonly failed: number
  readonly attempts: number
  /** Absent when nothing was answered. */
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly maxMs?: number
}

/** A fault as planned (times since the scenario's start) and how often it really fired. */
export interface FaultReport extends FaultRecord {
  readonly about: string
  readonly fired: number
}

/** Nodes from left to right by `column`: load, Envoy under test, clusters, hosts. */
export interface MeshGraph {
  readonly nodes: readonly {
    readonly id: string
    readonly label: string
    readonly column: number
    readonly faulty: boolean
  }[]
  readonly edges: readonly {
    readonly from: string
    readonly to: string
    readonly ratePerSecond: number
    /** 0-1. */
    readonly errorRatio: number
  }[]
}

/** A single request behind a point of the plot of latency over time. */
export interface RequestExemplar extends RequestExample {
  /** Intended send time since the scenario's start: it belongs to the bin that holds it. */
  readonly atMs: number
  readonly latencyMs: number
  readonly failed: boolean
}

export interface RequestExample {
  readonly requestId: string
  /** `503 at 0 ms, 503 at 31 ms, 200 at 74 ms` */
  readonly story: string
  readonly timeline: Conclusion['findings'][number]['timeline']
}
