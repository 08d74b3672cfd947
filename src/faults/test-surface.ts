// A fault surface for this folder's tests: it does nothing but remember what it was asked for and whether that was healed.

import type { FaultKind, FaultSurface, Heal } from '../core/fault.ts'
import { syntheticFault } from '../core/synthetic-history.ts'

export interface RecordingSurface extends FaultSurface {
  readonly log: readonly string[]
}

function recordingSurface(): RecordingSurface {
  const log: string[] = []
  const act = async (what: string): Promise<Heal> => {
    log.push(what)
    return async () => void log.push(`heal ${what}`)
  }
  const of = (target: string, host?: number) => (host === undefined ? target : `${target} host ${host}`)
  return {
    log,
    kill: (target, host) => act(`kill ${of(target, host)}`),
    freeze: (target, host) => act(`freeze ${of(target, host)}`),
    restart: (target, host) => act(`restart ${of(target, host)}`),
    dice: (target, host, dice) => act(`dice ${of(target, host)} ${JSON.stringify(dice)}`),
    garbage: () => act('garbage'),
    storeOutage: (fault, status) => act(`store outage ${fault} ${status}`),
    push: (definition) => act(`push ${definition}`),
    tcp: ({ target, host }, what, ratio) => act(`tcp ${of(target, host)} ${JSON.stringify(what)} ${ratio}`),
    leave: (target, host) => act(`leave ${of(target, host)}`),
  }
}

/** What the kind does at once with these settings, and what its heal does. */
export async function injected<Config>(kind: FaultKind<Config>, settings: unknown, host?: number) {
  const surface = recordingSurface()
  const config = kind.schema.parse(settings)
  const fault = syntheticFault({ kind: kind.name, target: 'user', config, ...(host === undefined ? {} : { host }) })
  const heal = await kind.inject?.(fault, config, surface)
  const harm = [...surface.log]
  await heal?.()
  return { harm, cure: surface.log.slice(harm.length), heals: heal !== undefined }
}

/** What is planned for attempts 1 to `attempts` when both rolls give these numbers. */
export function planned<Config>(kind: FaultKind<Config>, settings: unknown, attempts: number, roll = 0, request = 0) {
  const config = kind.schema.parse(settings)
  return Array.from({ length: attempts }, (_, index) =>
    kind.plan?.(
      config,
      index + 1,
      () => roll,
      () => request,
    ),
  )
}
