// What acting faults may touch, for one scenario of an environment. Each way to harm gives back what undoes it, once.

import type { FaultSurface, Heal } from '../core/fault.ts'
import type { ChildService } from './child-service.ts'
import type { ControlPlaneService } from './control-plane-service.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import type { HostPlace } from './topology.ts'
import type { UpstreamServices } from './upstream-services.ts'

export interface SurfaceParts {
  readonly scenario: string
  readonly hosts: readonly HostPlace[]
  readonly upstreams: Pick<UpstreamServices, 'of'>
  readonly controlPlane: ControlPlaneService
  readonly faultAdmin: Pick<EnvoyAdmin, 'runtimeModify'>
  readonly push: (definition: string) => Promise<Heal>
  /** Absent where the control plane's objects lie in a directory. */
  readonly failStore?: (fault: string, status: number) => Heal
  /** Absent where no relay stands before any host. */
  readonly tcp?: FaultSurface['tcp']
  readonly leave?: FaultSurface['leave']
}

export function faultSurface(parts: SurfaceParts): FaultSurface {
  const { controlPlane, push } = parts
  const servicesOf = (target: string, host: number | undefined): readonly ChildService[] => {
    const services = target === 'control-plane' ? [controlPlane] : parts.upstreams.of(parts.scenario, target, host)
    if (services.length === 0) throw new Error(`no process of its own for ${target}`)
    return services
  }
  return {
    async kill(target, host) {
      const services = servicesOf(target, host)
      await forEach(services, (service) => service.kill())
      return once(() => forEach(services, (service) => service.start()))
    },
    async freeze(target, host) {
      const services = servicesOf(target, host)
      await forEach(services, (service) => service.freeze())
      return once(() => forEach(services, (service) => service.thaw()))
    },
    async restart(target, host) {
      const services = servicesOf(target, host)
      await forEach(services, (service) => service.stop())
      await forEach(services, (service) => service.start())
      return async () => {}
    },
    dice: (target, host, dice) => roll(parts, target, host, dice),
    async garbage() {
      await controlPlane.setGarbage(true)
      return once(() => controlPlane.setGarbage(false))
    },
    async storeOutage(fault, status) {
      if (parts.failStore === undefined) throw new Error('the control plane of this environment has no S3')
      return once(parts.failStore(fault, status))
    },
    push: async (definition) => once(await push(definition)),
    async tcp(fault, what, ratio) {
      if (parts.tcp === undefined) throw new Error(`no relay in front of ${fault.target}`)
      return once(await parts.tcp(fault, what, ratio))
    },
    async leave(target, host) {
      if (parts.leave === undefined) throw new Error(`${target} has no discovery to leave`)
      return once(await parts.leave(target, host))
    },
  }
}

async function roll(
  { hosts, faultAdmin }: SurfaceParts,
  target: string,
  host: number | undefined,
  dice: Parameters<FaultSurface['dice']>[2],
): Promise<Heal> {
  const meant = hosts.filter((place) => place.cluster === target && (host === undefined || place.host === host))
  if (meant.length === 0) throw new Error(`no host of ${target} to roll dice for`)
  const { abortPercent, abortStatus, delayPercent, delayMs } = dice
  const values = {
    abort_percent: abortPercent === undefined ? undefined : perMillion(abortPercent),
    abort_status: abortStatus?.toString(),
    delay_percent: delayPercent === undefined ? undefined : perMillion(delayPercent),
    // Envoy reads whole milliseconds.
    delay_ms: delayMs === undefined ? undefined : String(Math.round(delayMs)),
  }
  const given = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
  const set = (entries: readonly { readonly key: string; readonly value: string }[]) =>
    faultAdmin.runtimeModify(
      Object.fromEntries(
        meant.flatMap(({ hostKey }) => entries.map(({ key, value }) => [`dice.${hostKey}.${key}`, value])),
      ),
    )
  await set(given)
  // Only what was switched on here: another fault may roll the other dice of the same host.
  const on = given.filter(({ key }) => key.endsWith('_percent'))
  return once(() => set(on.map(({ key }) => ({ key, value: '0' }))))
}

/** Whole percents are integers to Envoy's runtime; fractions must be spelt out. */
function perMillion(percent: number): string {
  return JSON.stringify({ numerator: Math.round(percent * 10_000), denominator: 'MILLION' })
}

async function forEach(services: readonly ChildService[], act: (service: ChildService) => Promise<void> | void) {
  await Promise.all(services.map(async (service) => act(service)))
}

function once(heal: Heal): Heal {
  let healed: Promise<void> | undefined
  return () => {
    healed ??= heal()
    return healed
  }
}
