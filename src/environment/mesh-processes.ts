// Starts and stops the processes of an environment, as far side by side as their needs allow.
//
//   control plane ─► hosts registered ─► egress Envoy ─┐
//   fault Envoy ───────────────────────────────────────┼─► ready: Envoys LIVE, all hosts known, nothing refused
//   upstream services ─────────────────────────────────┘

import { join } from 'node:path'
import { stopAll } from '../core/stop-all.ts'
import type { ChildService } from './child-service.ts'
import { type ConfigOutcomes, configOutcomes } from './config-outcomes.ts'
import type { ServeControlPlane } from './control-plane/control-plane-process.ts'
import { type ControlPlaneService, controlPlaneService } from './control-plane-service.ts'
import type { EnvironmentEvents } from './environment-events.ts'
import { egressBootstrap, faultBootstrap } from './envoy/bootstrap.ts'
import { followOutlierLog, type OutlierLog } from './envoy/outlier-log.ts'
import { type Pulse, startPulse } from './envoy/pulse.ts'
import { type EnvoyOptions, type StartedEnvoy, startEnvoy } from './envoy/start-envoy.ts'
import { type ForeignRuns, isStatic } from './foreign-run.ts'
import type { Layout } from './layout.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import type { Watchdog } from './process/watchdog.ts'
import { configTaken, expectedMembers, refusedConfig, userNames } from './readiness.ts'
import { type Registrar, registerHosts } from './register-hosts.ts'
import { type RelayService, relayService } from './relay-service.ts'
import type { EnvoyRole } from './scenario-counters.ts'
import { together } from './together.ts'
import { type UpstreamServices, upstreamServices } from './upstream-services.ts'

export interface MeshProcesses {
  readonly egress: StartedEnvoy
  readonly fault: StartedEnvoy
  readonly upstreams: UpstreamServices
  readonly controlPlane: ControlPlaneService
  /** Absent where no fault needs it. */
  readonly relay?: RelayService
  readonly outcomes: ConfigOutcomes
  readonly outliers: OutlierLog
  readonly registrar: Registrar
  stop(): Promise<void>
}

export interface MeshProcessesOptions {
  readonly suffix: string
  readonly folder: string
  /** Where the control plane's stored objects lie. */
  readonly objects: string
  /** Where they lie instead. */
  readonly store?: ServeControlPlane['store'] & {}
  readonly envoyBinary: string
  readonly seed: string
  readonly originMs: number
  readonly watchdog: Watchdog
  readonly scenarios: readonly PreparedScenario[]
  readonly layout: Layout
  readonly events: EnvironmentEvents
  /** Configs that stand in the bootstrap. */
  readonly foreign: ForeignRuns
  /** Foreign configs that our control plane serves; their listeners stand in the bootstrap. */
  readonly discovered: ForeignRuns
  /** `node.cluster` of the Envoy under test. */
  readonly node: string
  readonly token: { readonly text: string; readonly file: string }
  readonly lifetimeMs: number
  readonly signal?: AbortSignal
}

/** @throws EnvironmentError, or the signal's reason; then everything has been stopped */
export async function startMeshProcesses(options: MeshProcessesOptions): Promise<MeshProcesses> {
  const refused = new AbortController()
  const outcomes = watchOutcomes(options, (error) => refused.abort(error))
  const { controlPlane, upstreams, relay } = childServices(options, outcomes)
  const beside = [...upstreams.all, ...(relay === undefined ? [] : [relay])]
  const started: Started = {}
  const stop = () => stopProcesses([controlPlane, ...beside], started)
  try {
    const signals = [refused.signal, ...(options.signal === undefined ? [] : [options.signal])]
    await together(
      [
        async (signal) => {
          await controlPlane.start(signal)
          await startEgress(options, outcomes, started, signal)
        },
        async (signal) => {
          started.fault = await startEnvoy(envoyOptions(options, 'fault'))
          await started.fault.whenReady(signal)
        },
        ...beside.map((service) => (signal: AbortSignal) => service.start(signal)),
      ],
      AbortSignal.any(signals),
    )
    const { egress, fault, outliers, registrar } = started
    if (egress === undefined || fault === undefined || outliers === undefined || registrar === undefined)
      throw new Error('not all was started')
    registrar.watchHealth()
    return { egress, fault, upstreams, controlPlane, outcomes, outliers, registrar, stop, ...(relay && { relay }) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Filled as things start, so that a start that fails midway can be stopped. */
interface Started {
  registrar?: Registrar
  egress?: StartedEnvoy
  fault?: StartedEnvoy
  outliers?: OutlierLog
  pulse?: Pulse
}

async function startEgress(
  options: MeshProcessesOptions,
  outcomes: ConfigOutcomes,
  started: Started,
  signal: AbortSignal,
): Promise<void> {
  const { events, layout, scenarios, token, lifetimeMs } = options
  const { places, xdsPort: port } = layout
  started.registrar = await registerHosts(
    { places, port, token: token.text, lifetimeMs, emit: events.emit, now: events.now },
    signal,
  )
  signal.throwIfAborted()
  const common = envoyOptions(options, 'egress')
  const egress = await startEnvoy({
    ...common,
    onLog(entry) {
      common.onLog(entry)
      outcomes.logged(entry.text)
    },
  })
  started.egress = egress
  started.outliers = followOutlierLog({
    file: outlierLogOf(options),
    clusterOf: events.clusterOf,
    toRunMs: events.toRunMs,
    emit: events.emit,
    onProblem: (text) => events.envoyLog('egress', { level: 'error', text }),
  })
  const members = expectedMembers(places, scenarios)
  const routed = places.filter(({ record }) => !isStatic(record))
  await egress.whenReady(signal, () => configTaken(egress.admin, members, routed))
  started.pulse = startPulse(layout.pulsePort)
}

async function stopProcesses(services: readonly ChildService[], started: Started): Promise<void> {
  const { registrar, egress, fault, outliers, pulse } = started
  pulse?.close()
  await registrar?.stop()
  const parts = [egress, fault, ...services].filter((part) => part !== undefined)
  await stopAll(parts.map((part) => () => part.stop()))
  await outliers?.close()
}

function watchOutcomes(options: MeshProcessesOptions, refuse: (error: Error) => void): ConfigOutcomes {
  const { events, layout, scenarios, suffix } = options
  return configOutcomes({
    scenario: events.owner,
    emit: events.emit,
    now: events.now,
    inUsersNames: userNames(layout.places, scenarios),
    onRejected: (rejected) => refuse(refusedConfig(`egress${suffix}`, rejected, scenarios)),
  })
}

function childServices(options: MeshProcessesOptions, outcomes: ConfigOutcomes) {
  const { layout, suffix, watchdog, events, seed, objects, token, lifetimeMs, scenarios } = options
  const { places, xdsPort: port } = layout
  const { life } = events
  return {
    relay: relayService({ places, seed, suffix, watchdog, events, originMs: options.originMs }),
    upstreams: upstreamServices({
      places,
      seed,
      suffix,
      watchdog,
      life,
      ownProcess: (scenario, cluster) =>
        scenarios.some((one) => one.record.name === scenario && one.processFaultTargets.includes(cluster)),
    }),
    controlPlane: controlPlaneService({
      name: `control-plane${suffix}`,
      watchdog,
      life,
      order: {
        folder: objects,
        address: '127.0.0.1',
        port,
        tokenFile: token.file,
        lifetimeMs,
        ...(options.store === undefined ? {} : { store: options.store }),
      },
      onOutcome: outcomes.learnt,
    }),
  }
}

const outlierLogOf = ({ folder }: MeshProcessesOptions): string => join(folder, 'outliers.ndjson')

function envoyOptions(options: MeshProcessesOptions, role: EnvoyRole): EnvoyOptions {
  const { layout, suffix, folder, watchdog, events, envoyBinary, token, node } = options
  const [foreign] = options.foreign.values()
  const [discovered] = options.discovered.values()
  const { places, xdsPort } = layout
  const adminPort = role === 'egress' ? layout.egressAdminPort : layout.faultAdminPort
  return {
    name: `${role}${suffix}`,
    binary: envoyBinary,
    folder,
    adminPort,
    watchdog,
    life: events.life,
    config:
      role === 'fault'
        ? faultBootstrap({ adminPort, hosts: places.flatMap((place) => place.hosts) })
        : egressBootstrap({
            // Unique, so that two Envoys never share a line in the control plane's book.
            nodeId: `shaketable${suffix}-${token.text.slice(0, 8)}`,
            nodeCluster: node,
            adminPort,
            xdsPort,
            pulsePort: layout.pulsePort,
            outlierLog: outlierLogOf(options),
            scenarios: places,
            ...(foreign === undefined ? {} : { foreign: { run: foreign, served: 'static' as const } }),
            ...(discovered === undefined ? {} : { foreign: { run: discovered, served: 'discovery' as const } }),
          }),
    onAccessLogLine: (line) => events.accessLogLine(role, line),
    onLog: (entry) => events.envoyLog(role, entry),
  }
}
