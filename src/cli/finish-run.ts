// From a recorded history to verdict and report files, the same way for a run that has just ended and for one judged
// again. Files are written whole or not at all: each to a temporary name first.

import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from '../core/errors.ts'
import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import { historyFileIn } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import { type RunReport, reportSchema } from '../core/report-model.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import { type Collection, collectScenarios } from '../report/collect.ts'
import { renderHtml } from '../report/html.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderMetrics } from '../report/metrics.ts'
import { judgeHistory } from '../run/judge.ts'
import { faultKindOf } from '../scenario/registry.ts'
import { registry } from './registry.ts'

/** Judges the history of a run folder. @throws InputError when there is none, or it cannot be read */
export async function judgeRun(runFolder: string): Promise<RunReport> {
  let collection: Collection | undefined
  let durationMs = 0
  let readyMs: number | undefined
  const judged = await judgeHistory(await historyFileIn(runFolder), registry.checks, {
    begin: (header: HistoryHeader) => {
      collection = collectScenarios(header, describeFault)
    },
    observe: (event: HistoryEvent) => {
      durationMs = Math.max(durationMs, event.atMs)
      if (event.kind === 'scenario-started') readyMs ??= event.environmentReadyMs
      collection?.observe(event)
    },
  })
  const { header } = judged
  const data = new Map((collection?.finish() ?? []).map((scenario) => [scenario.name, scenario]))
  const scenarios = judged.scenarios.flatMap(({ scenario, verdict, expectations }) => {
    const collected = data.get(scenario.name)
    return collected === undefined ? [] : [{ ...collected, verdict, expectations }]
  })
  return {
    schema: reportSchema,
    tool: { name: 'shaketable', version: packageVersion() },
    startedAt: header.startedAt,
    seed: header.seed,
    replay: replayCommand(header),
    verdict: judged.verdict,
    exitCode: exitCodes[judged.verdict],
    problems: judged.problems,
    durationMs,
    environment: {
      envoy: header.versions.envoy,
      node: header.versions.node,
      ...(readyMs === undefined ? {} : { readyMs }),
    },
    scenarios,
  }
}

/** Renders everything before anything is written, so a reporter that fails leaves no half-written report. */
export async function writeReports(runFolder: string, report: RunReport): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'report.json': renderJson(report),
    'junit.xml': renderJunit(report),
    'summary.md': renderMarkdown(report),
    'metrics.prom': await renderMetrics(report),
    'index.html': renderHtml(report),
    'config.patch': configPatch(report),
  }
  for (const [name, content] of Object.entries(files)) {
    const file = join(runFolder, name)
    await writeFile(`${file}.tmp`, content)
    await rename(`${file}.tmp`, file)
  }
}

function configPatch(report: RunReport): string {
  const blocks = report.scenarios.map(
    ({ name, configChanges }) =>
      `# ${name}\n${configChanges.length === 0 ? '(nothing was changed)' : configChanges.join('\n')}\n`,
  )
  return `# What was changed in each config under test so that it runs on this machine's loopback, and nothing else.\n\n${blocks.join('\n')}`
}

function describeFault(fault: FaultRecord): string {
  return faultKindOf(registry, fault.kind)?.describe(fault.config) ?? fault.kind
}

function replayCommand({ seed, scenarios }: HistoryHeader): string {
  const files = [...new Set(scenarios.map(({ file }) => file))]
  const paths = files.length <= 3 ? files.map(quoted).join(' ') : ''
  const grep = scenarios.length === 1 ? ` --grep ${quoted(`^${scenarios[0]?.name}$`)}` : ''
  return `npx shaketable run ${paths}${grep} --seed ${seed}`.replace(/ +/g, ' ')
}

function quoted(text: string): string {
  return /^[\w./@:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
