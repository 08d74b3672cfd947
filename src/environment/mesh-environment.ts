// One environment of a mesh: Envoy under test, fault Envoy, control plane and upstream services, for one or more scenarios
// side by side. It starts, says what it sees as history events, lends scenarios their fault surface, and stops without a
// trace. It sends no load and judges nothing.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../core/clock.ts'
import { EnvironmentError } from '../core/errors.ts'
import type { FaultSurface, Heal } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { drawToken } from '../core/random.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import type { XdsResources } from '../mesh/compile.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'
import { controlPlaneService, type ServiceWatcher } from './child-services.ts'
import { directoryStore } from './control-plane/object-store.ts'
import { readAccessLogLine } from './envoy/access-log.ts'
import { type EnvoyAdmin, rejectedResources } from './envoy/admin.ts'
import { egressBootstrap, faultBootstrap } from './envoy/bootstrap.ts'
import { followOutlierLog } from './envoy/outlier-log.ts'
import { refusedConfig, startEnvoy } from './envoy/start-envoy.ts'
import { faultSurface } from './fault-surface.ts'
import { hostAddress, reservePorts } from './process/ports.ts'
import type { StartedProcess } from './process/started-process.ts'
import type { Watchdog } from './process/watchdog.ts'
import { registerHosts } from './register-hosts.ts'
import { prefixOf, servedConfig } from './served-config.ts'
import { defaultUpstream, placeScenario, type ScenarioPlace } from './topology.ts'
import { upstreamServices } from './upstream-services.ts'

export interface PreparedScenario {
  readonly record: ScenarioRecord
  /** Unique in the run: `s3`. */
  readonly key: string
  readonly declared: DeclaredPolicy
  readonly served: XdsResources
  /** Clusters that process faults are aimed at. */
  readonly processFaultTargets: readonly string[]
}

export interface MeshEnvironmentOptions {
  /** Empty for the warm environment, else a suffix such as `-s7`. */
  readonly suffix: string
  readonly folder: string
  readonly envoyBinary: string
  readonly seed: string
  readonly originMs: number
  /** Wall clock minus monotonic clock. */
  readonly wallOffsetMs: number
  readonly watchdog: Watchdog
  readonly scenarios: readonly PreparedScenario[]
  readonly emit: (event: NewEvent) => void
  /** Compiles a definition file that a `push` fault names. */
  readonly compileFile: (
    definition: string,
    record: ScenarioRecord,
  ) => Promise<{ readonly served: XdsResources; readonly declared: DeclaredPolicy }>
}

export interface MeshEnvironment {
  /** From the first step of starting to the last readiness. */
  readonly readyMs: number
  place(scenario: string): ScenarioPlace
  changes(scenario: string): readonly string[]
  surface(scenario: string): FaultSurface
  /** Emits a `counters` event for each Envoy. */
  readCounters(scenario: string, phase: 'before' | 'after'): Promise<void>
  /** Brings in what logs on disk still hold. */
  flushLogs(): Promise<void>
  stop(): Promise<void>
}

const registrationLifetimeMs = 30_000

export async function startMeshEnvironment(options: MeshEnvironmentOptions): Promise<MeshEnvironment> {
  const startedMs = monotonicMs()
  const { watchdog, suffix, emit, seed } = options
  const folder = join(options.folder, `environment${suffix}`)
  await mkdir(join(folder, 'objects'), { recursive: true, mode: 0o700 })
  const places = await placeAll(options.scenarios)
  const [faultAdminPort = 0, egressAdminPort = 0, xdsPort = 0] = await reservePorts(3, '127.0.0.1')
  const owner = options.scenarios.length === 1 && suffix !== '' ? (options.scenarios[0]?.record.name ?? '') : ''
  const now = () => monotonicMs() - options.originMs
  const toRunMs = (wallMs: number) => wallMs - options.wallOffsetMs - options.originMs
  const watcher = lifeWatcher(owner, emit, now)
  const token = drawToken()
  const stops: (() => Promise<unknown> | unknown)[] = []
  let stopping = false
  const stop = async () => {
    stopping = true
    for (const end of stops.splice(0).reverse()) await end()
  }

  try {
    const store = directoryStore(join(folder, 'objects'))
    const node = suffix === '' ? 'shaketable' : (options.scenarios[0]?.record.mesh.node ?? 'shaketable')
    const served = servedConfig(store, node, places)
    for (const scenario of options.scenarios) await served.serve(scenario.record.name, scenario.served)

    const upstreams = upstreamServices({
      places,
      seed,
      suffix,
      watchdog,
      watcher,
      ownProcess: (scenario, cluster) =>
        options.scenarios.some((one) => one.record.name === scenario && one.processFaultTargets.includes(cluster)),
    })
    const reject: { reasons: string[] } = { reasons: [] }
    const controlPlane = controlPlaneService({
      name: `control-plane${suffix}`,
      watchdog,
      watcher,
      order: {
        kind: 'serve',
        folder: join(folder, 'objects'),
        address: '127.0.0.1',
        port: xdsPort,
        token,
        lifetimeMs: registrationLifetimeMs,
      },
      onOutcome: (outcome) => {
        if (outcome.kind === 'rejected') reject.reasons.push(`${outcome.type} version ${outcome.version}`)
        const { type, version } = outcome
        emit({
          kind: `config-${outcome.kind}`,
          src: 'control-plane',
          atMs: now(),
          scenario: owner,
          type,
          version,
          detail: '',
        })
      },
    })
    const scenarioByKey = new Map(places.map((place) => [place.key, place.record.name]))
    const hostByKey = new Map(
      places.flatMap((place) =>
        place.hosts.map((host) => [host.hostKey, { scenario: place.record.name, place: host }]),
      ),
    )
    const accessLog = {
      scenarioOf: (key: string) => scenarioByKey.get(key),
      hostOf: (key: string) => hostByKey.get(key),
      prefixOf,
      toRunMs,
    }
    const onAccessLogLine = (line: string) => {
      const event = readAccessLogLine(line, accessLog)
      if (event !== undefined) emit(event)
    }
    const envoy = (role: 'egress' | 'fault', adminPort: number, config: unknown) =>
      startEnvoy({
        name: `${role}${suffix}`,
        binary: options.envoyBinary,
        folder,
        config,
        adminPort,
        watchdog,
        onAccessLogLine,
        onLog: (level, text) => {
          // What Envoy grumbles while we stop it ("caught ENVOY_SIGTERM") is no surprise.
          if (stopping && level === 'warning') return
          emit({ kind: 'log-line', src: role, atMs: now(), scenario: owner, process: `${role}${suffix}`, level, text })
        },
      })

    const fault = await envoy(
      'fault',
      faultAdminPort,
      faultBootstrap({ adminPort: faultAdminPort, hosts: places.flatMap((place) => place.hosts) }),
    )
    stops.push(() => end(fault.process))
    watch(fault.process, watcher)
    stops.push(() => Promise.all([controlPlane, ...upstreams.all].map((service) => service.stop())))
    const upstreamsServing = Promise.all(upstreams.all.map((service) => service.start()))
    upstreamsServing.catch(() => {})
    await controlPlane.start()
    const registrar = await registerHosts({ places, port: xdsPort, token, lifetimeMs: registrationLifetimeMs })
    stops.push(() => registrar.stop())

    const outlierLog = join(folder, 'outliers.ndjson')
    const egress = await envoy(
      'egress',
      egressAdminPort,
      egressBootstrap({
        nodeId: `shaketable${suffix}-${token.slice(0, 8)}`,
        nodeCluster: node,
        adminPort: egressAdminPort,
        xdsPort,
        outlierLog,
        scenarios: places,
      }),
    )
    stops.push(() => end(egress.process))
    watch(egress.process, watcher)
    const clusterOwner = new Map(
      places.flatMap((place) =>
        place.clusters.map((cluster) => [`${prefixOf(place.key)}${cluster}`, { scenario: place.record.name, cluster }]),
      ),
    )
    const outliers = followOutlierLog({ file: outlierLog, clusterOf: (name) => clusterOwner.get(name), toRunMs, emit })
    stops.push(() => outliers.close())

    await Promise.all([
      fault.whenReady(),
      upstreamsServing,
      egress
        .whenReady(async () => (await membershipProblem(egress.admin, places, options.scenarios)) ?? true)
        .catch(async (error: unknown) => {
          if (reject.reasons.length > 0)
            throw refusedConfig(egress.name, await rejections(egress.admin, reject.reasons))
          throw error
        }),
    ])
    const rejected = rejectedResources(await egress.admin.configDump())
    if (rejected.length > 0) {
      throw refusedConfig(
        egress.name,
        rejected.map(({ name, reason }) => `${name}: ${reason}`),
      )
    }

    const place = (scenario: string) => found(places, scenario)
    const push = async (scenario: string, definition: string): Promise<Heal> => {
      const first = options.scenarios.find((one) => one.record.name === scenario)
      if (first === undefined) throw new Error(`no such scenario in this environment: ${scenario}`)
      const announce = async (compiled: XdsResources, declared: DeclaredPolicy, detail: string) => {
        const versions = await served.serve(scenario, compiled)
        for (const type of ['clusters', 'routes'] as const) {
          const version = versions[type]
          emit({ kind: 'config-pushed', src: 'runner', atMs: now(), scenario, type, version, detail, declared })
        }
      }
      const pushed = await options.compileFile(definition, first.record)
      await announce(pushed.served, pushed.declared, definition)
      return () => announce(first.served, first.declared, `${first.record.mesh.definition} again`)
    }
    return {
      readyMs: monotonicMs() - startedMs,
      place,
      changes: (scenario) => served.changes(scenario),
      surface: (scenario) =>
        faultSurface({
          scenario,
          hosts: place(scenario).hosts,
          upstreams,
          controlPlane,
          faultAdmin: fault.admin,
          push: (definition) => push(scenario, definition),
        }),
      async readCounters(scenario, phase) {
        const { key } = place(scenario)
        for (const { role, admin } of [
          { role: 'egress', admin: egress.admin },
          { role: 'fault', admin: fault.admin },
        ]) {
          const values = await scenarioCounters(admin, key, role)
          emit({ kind: 'counters', src: role, atMs: now(), scenario, phase, envoy: role, values })
        }
      },
      flushLogs: () => outliers.read(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function placeAll(scenarios: readonly PreparedScenario[]): Promise<readonly ScenarioPlace[]> {
  const needed = scenarios.map(({ record, declared, served }) => {
    const clusters = new Set([...declared.clusters.map(({ name }) => name), ...servedNames(served)])
    const hosts = [...clusters].reduce((sum, name) => sum + (record.upstreams[name] ?? defaultUpstream).hosts, 0)
    return 1 + 2 * hosts
  })
  const ports = await reservePorts(
    needed.reduce((sum, count) => sum + count, 0),
    '127.0.0.1',
  )
  const nextPort = () => {
    const port = ports.shift()
    if (port === undefined) throw new EnvironmentError('too few free ports on loopback')
    return port
  }
  return scenarios.map(({ key, record, declared, served }) =>
    placeScenario({ key, record, declared, servedClusters: servedNames(served), nextPort, hostAddress }),
  )
}

const servedNames = (served: XdsResources): readonly string[] => served.clusters.map((cluster) => String(cluster.name))

function found(places: readonly ScenarioPlace[], scenario: string): ScenarioPlace {
  const place = places.find((candidate) => candidate.record.name === scenario)
  if (place === undefined) throw new Error(`no such scenario in this environment: ${scenario}`)
  return place
}

/** Every cluster must know all its hosts before load starts; discovery by registration may be a moment behind. */
async function membershipProblem(
  admin: EnvoyAdmin,
  places: readonly ScenarioPlace[],
  scenarios: readonly PreparedScenario[],
): Promise<string | undefined> {
  const hosts = await admin.hostsByCluster()
  for (const place of places) {
    const served = scenarios.find((one) => one.record.name === place.record.name)?.served
    for (const cluster of served === undefined ? [] : servedNames(served)) {
      const expected = place.hosts.filter((host) => host.cluster === cluster).length
      const seen = hosts.get(`${prefixOf(place.key)}${cluster}`) ?? 0
      if (seen !== expected) return `cluster ${cluster} has ${seen} hosts, ${expected} expected`
    }
  }
  return undefined
}

async function rejections(admin: EnvoyAdmin, otherwise: readonly string[]): Promise<readonly string[]> {
  const found = rejectedResources(await admin.configDump().catch(() => ({})))
  return found.length === 0 ? otherwise : found.map(({ name, reason }) => `${name}: ${reason}`)
}

/** Stats of one scenario, under the names that the user's own config would give them. */
async function scenarioCounters(
  admin: EnvoyAdmin,
  key: string,
  role: string,
): Promise<Readonly<Record<string, number>>> {
  const prefix = prefixOf(key)
  const stats = await admin.stats(
    role === 'egress' ? `^(cluster\\.${key}-|http\\.${key}\\.)` : `^http\\.${key}-.*\\.fault\\.`,
  )
  return Object.fromEntries(
    Object.entries(stats)
      .filter(([name]) => !/\.(version|update_time|update_duration|warming_state)$/.test(name))
      .map(([name, value]) => [name.replace(`cluster.${prefix}`, 'cluster.').replace(`http.${key}.`, 'http.'), value]),
  )
}

function lifeWatcher(scenario: string, emit: (event: NewEvent) => void, now: () => number): ServiceWatcher {
  const base = () => ({ src: 'runner', atMs: now(), scenario })
  return {
    started: ({ name, pid }) => emit({ ...base(), kind: 'process-started', process: name, pid }),
    exited: ({ name, pid }, code, signal, expected) =>
      emit({ ...base(), kind: 'process-exited', process: name, pid, code, signal, expected }),
  }
}

const ending = new WeakSet<StartedProcess>()

function watch(started: StartedProcess, watcher: ServiceWatcher): void {
  watcher.started(started)
  void started.exited.then(({ code, signal }) => watcher.exited(started, code, signal, ending.has(started)))
}

function end(started: StartedProcess): Promise<void> {
  ending.add(started)
  return started.stop()
}
