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
  /** The kind of scenario that it can judge. Default: a mesh. */
  readonly judges?: 'mesh' | 'pipeline' | 'both'
  /** Semantics of AWS that it stands on, by their ids (`src/environment/emulator/semantics.ts`). */
  readonly needs?: readonly string[]
  /**
   * Refuses settings that the planned sample cannot prove; the text says how many requests it takes.
   * `requests` is the number planned for the scenario; of a pipeline, of lines.
   */
  unprovable?(config: Config, requests: number): string | undefined
  start(config: Config, context: CheckContext): Check
}
