// What a session of runs says between them: a line a scenario, the time from the save to the verdict, and what is waited for.

import { relative } from 'node:path'
import { createColors } from 'picocolors'
import type { RunReport } from '../../core/report-model.ts'
import type { ScenarioRecord } from '../../core/scenario-record.ts'
import { formatMs } from '../../core/units.ts'
import { renderConsole, wantsColour } from '../../report/console.ts'
import { formatCounted } from '../../report/format.ts'

/** Compact: no replay line, because the seed stays the same; findings as always. */
export function saidOfRun(report: RunReport, runFolder: string, afterSaveMs: number | undefined): string {
  const colour = wantsColour(process.stdout, process.env)
  const { bold } = createColors(colour)
  const when = afterSaveMs === undefined ? '' : `verdict ${bold(formatMs(afterSaveMs))} after the save\n`
  const htmlPath = `${relative(process.cwd(), runFolder) || '.'}/index.html`
  return `${renderConsole(report, { colour, htmlPath, compact: true })}${when}`
}

export function saidOfWatch(records: readonly ScenarioRecord[], nothingConcerned: boolean): string {
  const { dim } = createColors(wantsColour(process.stdout, process.env))
  const files = new Set(records.map(({ file }) => file)).size
  const nothing = nothingConcerned ? 'no scenario is concerned; ' : ''
  return `${dim(`${nothing}watching ${formatCounted(records.length, 'scenario')} in ${formatCounted(files, 'file')} and what they name; Ctrl-C ends`)}\n`
}
