// Finds the run that a report is compared with: the one that `latest` points to before it is pointed elsewhere, or the one
// that `--compare` names. A judged run is compared with the one that its report named before, if that is still there.

import { readFile, realpath } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { RunReport } from '../core/report-model.ts'
import { compareRuns, type EarlierReport, readEarlierReport } from '../report/compare.ts'

export interface EarlierRun {
  readonly report: EarlierReport
  /** Absolute, without links. */
  readonly folder: string
}

const reportFile = 'report.json'

/** @throws InputError when `compare` names a folder without a report */
export async function earlierRun(dir: string, compare: string | undefined): Promise<EarlierRun | undefined> {
  if (compare === 'none') return undefined
  const found = await runIn(compare ?? join(dir, 'latest'))
  if (found !== undefined || compare === undefined) return found
  throw new InputError(
    `--compare ${compare}: expected a run folder with a ${reportFile} that this version can read, found none\n` +
      '  hint: name a folder below reports/, or none',
  )
}

/** The run that this folder's report was compared with when it was written. */
export async function earlierRunOf(runFolder: string): Promise<EarlierRun | undefined> {
  const text = await readFile(join(runFolder, reportFile), 'utf8').catch(() => '')
  const path = pathIn(text)
  return path === undefined ? undefined : runIn(resolve(runFolder, path))
}

export async function runIn(path: string): Promise<EarlierRun | undefined> {
  try {
    const folder = await realpath(path)
    const report = readEarlierReport(await readFile(join(folder, reportFile), 'utf8'))
    return report === undefined ? undefined : { report, folder }
  } catch {
    return undefined
  }
}

/** The report, with a comparison where there is something to compare with. */
export async function compared(
  report: RunReport,
  runFolder: string,
  earlier: EarlierRun | undefined,
): Promise<RunReport> {
  const here = await realpath(runFolder)
  if (earlier === undefined || earlier.folder === here) return report
  const where = { run: basename(earlier.folder), path: relative(here, earlier.folder) }
  const comparison = compareRuns(report, earlier.report, where)
  return comparison === undefined ? report : { ...report, comparison }
}

function pathIn(text: string): string | undefined {
  try {
    const { comparison } = JSON.parse(text) as { readonly comparison?: { readonly path?: unknown } }
    return typeof comparison?.path === 'string' ? comparison.path : undefined
  } catch {
    return undefined
  }
}
