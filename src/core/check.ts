// What it takes to be a check: a name, a schema for its settings, and a fold over the history of one scenario. A check
// sees events in file order, keeps no more than open requests need, and never looks at anything but the history.

import type { ZodType } from 'zod'
import type { HistoryEvent, HistoryHeader } from './history.ts'
import type { ScenarioRecord } from './scenario-record.ts'
import type { Conclusion } from './verdict.ts'

export interface CheckContext {
  readonly header: HistoryHeader
  readonly scenario: ScenarioRecord
}

export interface Check {
  /** Events of the check's own scenario and those of the whole run (`scenario === ''`). */
  observe(event: HistoryEvent): void
  conclude(): Conclusion
}

export interface CheckKind<Config = unknown> {
  /** Key in a scenario's `expect` list. */
  readonly name: string
  /** One sentence for docs and the JSON Schema. */
  readonly about: string
  readonly schema: ZodType<Config>
  /**
   * Refuses settings that the planned sample cannot prove; the text says how many requests it takes.
   * `requests` is the number planned for the scenario.
   */
  unprovable?(config: Config, requests: number): string | undefined
  start(config: Config, context: CheckContext): Check
}
