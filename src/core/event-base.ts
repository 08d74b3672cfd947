// What every event of a history has.

export interface EventBase {
  readonly atMs: number
  /**
   * Who saw it: `load`, `egress` (Envoy under test), `fault` (fault Envoy), `control-plane`, `upstream`, `runner`; of a
   * pipeline `executor` (runs the functions), `hop` (sees their AWS calls), `lanes`, `table` (read both by itself), `sink`.
   */
  readonly src: string
  /** Counts up by one for each source of a run. */
  readonly seq: number
  /** Scenario name; empty for what concerns the whole run. */
  readonly scenario: string
}
