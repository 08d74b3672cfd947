// `run --last-failed`: the scenarios that did not pass in the last run, from its report.json. Nobody's verdict is doubted
// here, and nothing is judged again.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { RunReport } from '../core/report-model.ts'

/** There is nothing to run, which is no failure. */
export class NothingToRun extends Error {
  override readonly name = 'NothingToRun'
}

/**
 * Names of what failed or was inconclusive.
 * @throws NothingToRun when all passed
 * @throws InputError when there is no last run, or its report cannot be read
 */
export async function lastFailed(dir: string): Promise<ReadonlySet<string>> {
  const file = join(dir, 'latest', 'report.json')
  const scenarios = scenariosOf(await textOf(file), file)
  const names = scenarios.filter(({ verdict }) => verdict !== 'pass').map(({ name }) => name)
  if (names.length > 0) return new Set(names)
  const all = scenarios.length === 1 ? 'the one scenario' : `all ${scenarios.length} scenarios`
  throw new NothingToRun(`--last-failed: ${all} of ${join(dir, 'latest')} passed, so there is nothing to run`)
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is none' : error.message
    throw new InputError(
      `--last-failed: expected the report of the last run at ${file}: ${why}\n  hint: run once without --last-failed, or name its folder with --dir`,
    )
  })
}

type Judged = Pick<RunReport['scenarios'][number], 'name' | 'verdict'>

function scenariosOf(text: string, file: string): readonly Judged[] {
  try {
    const { scenarios } = JSON.parse(text) as { readonly scenarios?: unknown }
    if (Array.isArray(scenarios) && scenarios.length > 0 && scenarios.every(isJudged)) return scenarios
  } catch {
    // It is told below.
  }
  throw new InputError(
    `--last-failed: ${file}: expected a report.json of shaketable, found something else\n  hint: npx shaketable judge writes the reports of a run folder anew`,
  )
}

function isJudged(value: unknown): value is Judged {
  if (typeof value !== 'object' || value === null) return false
  const { name, verdict } = value as Partial<Judged>
  return typeof name === 'string' && typeof verdict === 'string'
}

/** @throws NothingToRun when paths and --grep leave none of them */
export function onlyThese<Item extends { readonly name: string }>(
  records: readonly Item[],
  names: ReadonlySet<string>,
): readonly Item[] {
  const left = records.filter(({ name }) => names.has(name))
  if (left.length > 0) return left
  throw new NothingToRun(
    `--last-failed: none of the chosen scenarios is among those that did not pass: ${[...names].slice(0, 10).join(', ')}${names.size > 10 ? ', ...' : ''}`,
  )
}
