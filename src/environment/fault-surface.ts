// What acting faults may touch, for one scenario of an environment. Each way to harm gives back what undoes it.

import type { FaultSurface, Heal } from '../core/fault.ts'
import type { ChildService } from './child-services.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import type { HostPlace } from './topology.ts'
import type { UpstreamServices } from './upstream-services.ts'

export interface SurfaceParts {
  readonly scenario: string
  readonly hosts: readonly HostPlace[]
  readonly upstreams: UpstreamServices
  readonly controlPlane: ChildService & { setGarbage(on: boolean): void }
  readonly faultAdmin: EnvoyAdmin
  readonly push: (definition: string) => Promise<Heal>
}

export function faultSurface(parts: SurfaceParts): FaultSurface {
  const servicesOf = (target: string, host: number | undefined): readonly ChildService[] => {
    const services =
      target === 'control-plane' ? [parts.controlPlane] : parts.upstreams.of(parts.scenario, target, host)
    if (services.length === 0) throw new Error(`no process of its own for ${target}`)
    return services
  }
  const forEach = async (services: readonly ChildService[], act: (service: ChildService) => Promise<void> | void) => {
    await Promise.all(services.map(async (service) => act(service)))
  }
  const once = (heal: Heal): Heal => {
    let healed: Promise<void> | undefined
    return () => {
      healed ??= heal()
      return healed
    }
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
    async dice(target, host, dice) {
      const keys = parts.hosts
        .filter((place) => place.cluster === target && (host === undefined || place.host === host))
        .map((place) => `dice.${place.hostKey}`)
      const set = (values: (key: string) => Record<string, string>) =>
        parts.faultAdmin.runtimeModify(Object.assign({}, ...keys.map(values)))
      await set((key) => ({
        ...(dice.abortPercent === undefined ? {} : { [`${key}.abort_percent`]: perMillion(dice.abortPercent) }),
        ...(dice.abortStatus === undefined ? {} : { [`${key}.abort_status`]: String(dice.abortStatus) }),
        ...(dice.delayPercent === undefined ? {} : { [`${key}.delay_percent`]: perMillion(dice.delayPercent) }),
        ...(dice.delayMs === undefined ? {} : { [`${key}.delay_ms`]: String(dice.delayMs) }),
      }))
      return once(() => set((key) => ({ [`${key}.abort_percent`]: '0', [`${key}.delay_percent`]: '0' })))
    },
    async garbage() {
      parts.controlPlane.setGarbage(true)
      return once(async () => parts.controlPlane.setGarbage(false))
    },
    push: parts.push,
  }
}

/** Whole percents are integers to Envoy's runtime; fractions must be spelt out. */
function perMillion(percent: number): string {
  return JSON.stringify({ numerator: Math.round(percent * 10_000), denominator: 'MILLION' })
}
