// Judges a recorded history: one pass that feeds every scenario's checks, and whoever else wants to see the events. Nothing
// but the history is read, so the verdict is the same during a run and years later. What makes the whole run or a whole
// scenario inconclusive is decided here, once, not in every check.

import type { Check, CheckContext, CheckKind } from '../core/check.ts'
import { hintFor } from '../core/did-you-mean.ts'
import { InputError } from '../core/errors.ts'
import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import { readHistory } from '../core/history-file.ts'
import type { ExpectationReport } from '../core/report-model.ts'
import { type ExpectationRecord, isMesh, type ScenarioRecord } from '../core/scenario-record.ts'
import { type Conclusion, type Verdict, worst } from '../core/verdict.ts'
import { expectationText } from './expectation-text.ts'
import { scenarioProblems } from './scenario-problems.ts'

export interface JudgedScenario {
  readonly scenario: ScenarioRecord
  readonly verdict: Verdict
  /** Why its verdict cannot be pass, whatever its expectations say. */
  readonly problems: readonly string[]
  readonly expectations: readonly ExpectationReport[]
}

export interface Judgement {
  readonly header: HistoryHeader
  readonly verdict: Verdict
  /** What concerns the whole run. */
  readonly problems: readonly string[]
  readonly scenarios: readonly JudgedScenario[]
  readonly events: number
}

/** Sees every event of the same pass, for instance to collect a report's figures. */
export interface Observer {
  /** Called once, before the first event. */
  begin?(header: HistoryHeader): void
  observe(event: HistoryEvent): void
}

/** Throws an InputError for a file that is no history, or that names a check or settings which `kinds` do not know. */
export async function judgeHistory(file: string, kinds: readonly CheckKind[], observer?: Observer): Promise<Judgement> {
  let folds: ReadonlyMap<string, ScenarioFold> = new Map()
  const { header, problems, events } = await readHistory(file, {
    header(read) {
      folds = new Map(
        read.scenarios.map((scenario) => [scenario.name, foldScenario({ header: read, scenario }, kinds)]),
      )
      observer?.begin?.(read)
    },
    event(event) {
      observer?.observe(event)
      if (event.scenario !== '') folds.get(event.scenario)?.observe(event)
      else for (const fold of folds.values()) fold.observe(event)
    },
  })
  const scenarios = [...folds.values()].map((fold) => fold.conclude(problems))
  const verdicts = scenarios.map(({ verdict }) => verdict)
  const verdict = problems.length === 0 ? worst(verdicts) : worst([...verdicts, 'inconclusive'])
  return { header, verdict, problems, scenarios, events }
}

interface ScenarioFold {
  observe(event: HistoryEvent): void
  conclude(runProblems: readonly string[]): JudgedScenario
}

function foldScenario(context: CheckContext, kinds: readonly CheckKind[]): ScenarioFold {
  const { scenario } = context
  const checks = scenario.expect.map((expectation) => ({ expectation, check: startCheck(expectation, context, kinds) }))
  const common = scenarioProblems(context)
  return {
    observe(event) {
      common.observe(event)
      for (const { check } of checks) check.observe(event)
    },
    conclude(runProblems) {
      const problems = common.problems()
      const expectations = checks.map(({ expectation, check }) =>
        report(expectation, cloud(check.conclude(), [...problems, ...runProblems], common.isCutShort?.() ?? false)),
      )
      const verdict = worst(expectations.map((expectation) => expectation.verdict))
      return {
        scenario,
        verdict: problems.length === 0 ? verdict : worst([verdict, 'inconclusive']),
        problems,
        expectations,
      }
    },
  }
}

function startCheck(expectation: ExpectationRecord, context: CheckContext, kinds: readonly CheckKind[]): Check {
  const { check, config } = expectation
  const where = `${context.scenario.file}${expectation.line === undefined ? '' : `:${expectation.line}`}: scenario ${context.scenario.name}`
  const kind = kinds.find(({ name }) => name === check)
  if (kind === undefined) {
    const hint = hintFor(
      check,
      kinds.map(({ name }) => name),
    )
    throw new InputError(
      `${where}: this version knows no check ${JSON.stringify(check)}\n  hint: ${hint ?? 'judge with the version of shaketable that wrote the history'}`,
    )
  }
  const sort = isMesh(context.scenario) ? 'mesh' : 'pipeline'
  if (!['both', sort].includes(kind.judges ?? 'mesh')) {
    throw new InputError(
      `${where}: ${check} cannot judge a ${sort} scenario\n  hint: restore the line as it was recorded`,
    )
  }
  const parsed = kind.schema.safeParse(config)
  if (parsed.success) return kind.start(parsed.data, context)
  const issue = parsed.error.issues[0]
  const path = (issue?.path ?? []).map((part) => `.${String(part)}`).join('')
  throw new InputError(
    `${where}: settings of ${check}${path} are not valid: expected ${issue?.message ?? 'others'}, found ${JSON.stringify(config)}\n` +
      '  hint: judge with the version of shaketable that wrote the history',
  )
}

/**
 * A pass stands on nothing when the run or the scenario has a problem; a failure was seen all the same, unless it may be
 * for want of what was still to come.
 */
function cloud(conclusion: Conclusion, problems: readonly string[], isCutShort: boolean): Conclusion {
  if (problems.length === 0 || (conclusion.verdict === 'fail' && !isCutShort)) return conclusion
  const but = conclusion.verdict === 'pass' ? `but for that: ${conclusion.summary}` : conclusion.summary
  const { findings, moreFindings, ...told } = conclusion
  return {
    ...told,
    verdict: 'inconclusive',
    summary: `${problems.join('; ')} (${but})`,
    findings: isCutShort ? [] : findings,
    ...(isCutShort || moreFindings === undefined ? {} : { moreFindings }),
  }
}

function report({ check, config }: ExpectationRecord, conclusion: Conclusion): ExpectationReport {
  return { check, text: expectationText(check, config), ...conclusion }
}
