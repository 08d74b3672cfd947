// What of a foreign config can run here at all: listeners that speak HTTP, filters that need nobody else, clusters whose
// hosts can be ours. What is taken out is told, a line each; what cannot run and was not stubbed is refused, all of it in
// one message. Addresses, logs and hosts are another matter: rewrite-foreign.ts.

import type { FilterStub } from '../../core/scenario-record.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { type Moved, movedLines } from './moved-lines.ts'
import { type Refusals, refusals } from './refusals.ts'
import { runnableClusters } from './runnable-clusters.ts'
import { runnableListeners } from './runnable-listeners.ts'
import { checkInlineRoutes, runnableRoutes } from './runnable-routes.ts'

export interface Trimming {
  readonly sort: ForeignConfig['sort']
  readonly stubs: Readonly<Record<string, FilterStub>>
  /** Takes pointers into the config as it was read. */
  readonly refused: Refusals
  /** Adds a line to what was changed. */
  readonly note: (line: string) => void
  readonly moved: Moved[]
}

/** Of a config that went through this already it gives the same again. @throws InputError that names all of it */
export function runnableForeign(
  config: ForeignConfig,
  stubs: Readonly<Record<string, FilterStub>> = {},
): ForeignConfig {
  const { sort, from, lineOf } = config
  const changes = [...config.changes]
  const refused = refusals(from, lineOf)
  const trimming: Trimming = { sort, stubs, refused, note: (line) => void changes.push(line), moved: [] }
  const listeners = runnableListeners(config.listeners, config.routes, trimming)
  const routes = runnableRoutes(config, listeners, trimming)
  checkInlineRoutes(listeners, config, trimming)
  const clusters = runnableClusters(config.clusters, [...listeners, ...routes], trimming)
  refused.throwAny()
  return { ...config, listeners, routes, clusters, changes, lineOf: movedLines(lineOf, trimming.moved) }
}
