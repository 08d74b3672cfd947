// The control plane as a child process of an environment.

import { type ChildService, childService } from './child-service.ts'
import type { Outcome } from './control-plane/bookkeeping.ts'
import type { ControlPlaneOrder, ControlPlaneReply, ServeControlPlane } from './control-plane/control-plane-process.ts'
import { childEntry } from './process/child-entry.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ProcessLife } from './process-life.ts'

export interface ControlPlaneService extends ChildService {
  /** Resolves when it was told. One that is dead hears of it when it comes back. */
  setGarbage(on: boolean): Promise<void>
}

export function controlPlaneService(options: {
  readonly name: string
  readonly watchdog: Watchdog
  readonly life: ProcessLife
  readonly order: Omit<ServeControlPlane, 'kind' | 'garbage'>
  readonly onOutcome: (outcome: Outcome) => void
}): ControlPlaneService {
  const { name, watchdog, life, order, onOutcome } = options
  let garbage = false
  const service = childService<ControlPlaneOrder, ControlPlaneReply>({
    name,
    watchdog,
    life,
    entry: childEntry('control-plane-process', import.meta.url, 'control-plane'),
    order: () => ({ ...order, kind: 'serve', garbage }),
    onReply(reply) {
      if (reply.kind === 'outcome') onOutcome(reply.outcome)
      if (reply.kind === 'serving') return 'serving'
      return reply.kind === 'failed' ? { failed: reply.reason } : undefined
    },
  })
  return {
    ...service,
    setGarbage(on) {
      garbage = on
      return service.ask({ kind: 'garbage', on }, ({ kind }) => kind === 'garbage-set')
    },
  }
}
