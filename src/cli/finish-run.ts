// From a recorded history to verdict and report files, the same way for a run that has just ended and for one judged
// again. Files are written whole or not at all: each to a temporary name first.

import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { EnvironmentError, exitCodes } from '../core/errors.ts'
import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import { historyFileIn } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import { drawToken } from '../core/random.ts'
import { type RunReport, reportSchema } from '../core/report-model.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import { type Collection, collectScenarios, judgedScenario } from '../report/collect.ts'
import { renderHtml } from '../report/html.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderMetrics } from '../report/metrics.ts'
import { judgeHistory } from '../run/judge.ts'
import { faultKindOf } from '../scenario/registry.ts'
import { registry } from './registry.ts'

const namedMax = 3

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
    return collected === undefined ? [] : [judgedScenario(collected, verdict, expectations)]
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
      ...(header.versions.localstack === undefined ? {} : { localstack: header.versions.localstack }),
      ...(readyMs === undefined ? {} : { readyMs }),
    },
    scenarios,
  }
}

/**
 * Renders everything before anything is written, and writes everything before anything is put into place: what fails
 * leaves no half-written report.
 * @throws EnvironmentError when the folder cannot be written
 */
export async function writeReports(runFolder: string, report: RunReport): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'report.json': renderJson(report),
    'junit.xml': renderJunit(report),
    'summary.md': renderMarkdown(report),
    'metrics.prom': await renderMetrics(report),
    'index.html': renderHtml(report, await typedPath(runFolder)),
    'config.patch': configPatch(report),
  }
  // Two may judge the same run at once.
  const token = drawToken().slice(0, 12)
  const drafts = Object.entries(files).map(([name, content]) => {
    const file = join(runFolder, name)
    return { file, draft: `${file}.${token}.tmp`, content }
  })
  try {
    for (const { draft, content } of drafts) await writeFile(draft, content)
    for (const { draft, file } of drafts) await rename(draft, file)
  } catch (error) {
    await Promise.all(drafts.map(({ draft }) => rm(draft, { force: true }).catch(() => {})))
    throw new EnvironmentError(
      `cannot write the reports: ${(error as Error).message}\n  hint: make room, or copy the run folder to where you may write, and judge it there`,
    )
  }
}

/** `latest` will be another run one day. */
async function typedPath(runFolder: string): Promise<string> {
  const [here, folder] = await Promise.all([process.cwd(), runFolder].map((path) => realpath(path)))
  return relative(here ?? '', folder ?? '') || '.'
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

/** Of many scenarios it names the folder only; more of them than before change nothing for the others. */
function replayCommand({ seed, scenarios }: HistoryHeader): string {
  const files = [...new Set(scenarios.map(({ file }) => file))]
  const paths = files.length <= namedMax ? files : [commonFolder(files)]
  const names = scenarios.map(({ name }) => name)
  const pattern = names.length === 1 ? `^${names[0]}$` : `^(${names.join('|')})$`
  const grep = names.length <= namedMax ? ['--grep', pattern] : []
  return ['npx', 'shaketable', 'run', ...paths, ...grep, '--seed', seed].map(quoted).join(' ')
}

function commonFolder(files: readonly string[]): string {
  const [first = [], ...others] = files.map((file) => file.split('/').slice(0, -1))
  const differs = first.findIndex((part, index) => others.some((other) => other[index] !== part))
  const common = differs === -1 ? first : first.slice(0, differs)
  return common.join('/') || (files[0]?.startsWith('/') ? '/' : '.')
}

function quoted(text: string): string {
  return /^[\w./@:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
