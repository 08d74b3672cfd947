// One environment of a mesh: Envoy under test, fault Envoy, control plane and upstream services, for one or more scenarios
// side by side. It starts, says what it sees as history events, lends scenarios their fault surface, and stops without a
// trace. It sends no load and judges nothing.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../core/clock.ts'
import type { FaultSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { drawToken } from '../core/random.ts'
import { configUnderTest, type MeshScenario } from '../core/scenario-record.ts'
import { stopAll } from '../core/stop-all.ts'
import { pushConfig } from './config-push.ts'
import { directoryStore } from './control-plane/object-store.ts'
import { type EnvironmentEvents, environmentEvents } from './environment-events.ts'
import { faultSurface } from './fault-surface.ts'
import { followConfig } from './follow-config.ts'
import { discoveredRuns, type ForeignRuns, isStatic, staticRuns } from './foreign-run.ts'
import { type Layout, layOut, type ReservePorts } from './layout.ts'
import { type MeshProcesses, startMeshProcesses } from './mesh-processes.ts'
import type { CompiledDefinition, PreparedScenario } from './prepared-scenario.ts'
import type { Watchdog } from './process/watchdog.ts'
import { expectedMembers, membersKnown } from './readiness.ts'
import { renewConfig } from './renew-config.ts'
import { type S3ConfigStore, startS3ConfigStore } from './s3-config-store.ts'
import { scenarioCounters } from './scenario-counters.ts'
import { type ServedConfig, servedConfig } from './served-config.ts'
import type { LocalstackTool } from './tools/localstack-tool.ts'
import type { ScenarioPlace } from './topology.ts'

export type { PreparedScenario } from './prepared-scenario.ts'

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
  readonly compileFile: (definition: string, record: MeshScenario) => Promise<CompiledDefinition>
  /** Its abort ends the start; what was started by then is stopped before the start throws the signal's reason. */
  readonly signal?: AbortSignal
  /** For a control plane whose objects lie in S3. */
  readonly localstack?: LocalstackTool | undefined
  /** How long hosts stay known without a refresh. Default 30 s. */
  readonly registrationLifetimeMs?: number
  /** For tests of what happens when a port is taken. */
  readonly reservePorts?: ReservePorts
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
  /**
   * Serves these scenarios as they are now, in the places that they have: for another run in the same environment.
   * @throws EnvironmentError when Envoy does not take it in time, or the signal's reason
   */
  renew(scenarios: readonly PreparedScenario[], signal?: AbortSignal): Promise<void>
  /** Resolves when every process is gone and all that they logged was read. Safe to call twice. */
  stop(): Promise<void>
}

const registrationLifetimeMsDefault = 30_000

/** @throws EnvironmentError when it cannot be started; then nothing of it is left */
export async function startMeshEnvironment(options: MeshEnvironmentOptions): Promise<MeshEnvironment> {
  const startedMs = monotonicMs()
  const { signal, suffix, scenarios } = options
  signal?.throwIfAborted()
  const folder = join(options.folder, `environment${suffix}`)
  const objects = join(folder, 'objects')
  await mkdir(objects, { recursive: true, mode: 0o700 })
  const layout = await layOut(scenarios, options.reservePorts)
  const events = environmentEvents({ ...options, places: layout.places })
  const node = suffix === '' ? 'shaketable' : (scenarios[0]?.record.mesh.node ?? 'shaketable')
  const s3 = await s3StoreOf(options, folder, events)
  const served = servedConfig(s3?.objects ?? directoryStore(objects), node, layout.places, servedForeign(scenarios))
  try {
    const foreign = staticRuns(scenarios, layout.places)
    for (const scenario of scenarios) if (!foreign.has(scenario.record.name)) await storeFirst(served, scenario)
    const processes = await startMeshProcesses({
      ...options,
      folder,
      objects,
      layout,
      events,
      foreign,
      discovered: discoveredRuns(scenarios, layout.places),
      node,
      token: await writeToken(folder),
      ...(s3 === undefined ? {} : { store: s3.order }),
      lifetimeMs: options.registrationLifetimeMs ?? registrationLifetimeMsDefault,
    })
    return running({ options, layout, events, served, foreign, processes, s3, readyMs: monotonicMs() - startedMs })
  } catch (error) {
    await s3?.stop()
    layout.release()
    throw error
  }
}

/** Foreign configs that our control plane serves. */
function servedForeign(scenarios: readonly PreparedScenario[]) {
  return new Map(
    scenarios.flatMap(({ record, foreign }) =>
      foreign === undefined || isStatic(record) ? [] : [[record.name, foreign] as const],
    ),
  )
}

async function s3StoreOf(
  { scenarios, localstack, watchdog, emit, signal }: MeshEnvironmentOptions,
  folder: string,
  { life, now }: EnvironmentEvents,
): Promise<S3ConfigStore | undefined> {
  const [scenario] = scenarios.filter(({ record }) => record.mesh.store === 's3')
  if (scenario === undefined) return undefined
  if (localstack === undefined) throw new Error('LocalStack was not provided')
  return startS3ConfigStore({
    tool: localstack,
    watchdog,
    folder,
    scenario: scenario.record.name,
    life,
    emit,
    now,
    ...(signal === undefined ? {} : { signal }),
  })
}

async function storeFirst(served: ServedConfig, { record, served: compiled }: PreparedScenario): Promise<void> {
  const staged = served.stage(record.name, compiled)
  await staged.storeClustersBeforeRoutes()
  await staged.storeRoutes()
}

/** Whoever may read this file may register hosts. */
async function writeToken(folder: string): Promise<{ readonly text: string; readonly file: string }> {
  const text = drawToken()
  const file = join(folder, 'control-plane.token')
  await writeFile(file, `${text}\n`, { mode: 0o600 })
  return { text, file }
}

interface RunningParts {
  readonly options: MeshEnvironmentOptions
  readonly layout: Layout
  readonly events: EnvironmentEvents
  readonly served: ServedConfig
  readonly foreign: ForeignRuns
  readonly processes: MeshProcesses
  readonly s3: S3ConfigStore | undefined
  readonly readyMs: number
}

function running({ options, layout, events, served, foreign, processes, s3, readyMs }: RunningParts): MeshEnvironment {
  const { relay, egress, fault, upstreams, controlPlane, outcomes, outliers, registrar } = processes
  const { emit, now } = events
  const place = (scenario: string) => found(layout.places, (candidate) => candidate.record.name === scenario, scenario)
  let scenarios = options.scenarios
  const preparedOf = (scenario: string) => found(scenarios, (candidate) => candidate.record.name === scenario, scenario)
  const push = async (scenario: string, definition: string) =>
    pushCompiled(scenario, await options.compileFile(definition, preparedOf(scenario).record), definition)
  const pushCompiled = (scenario: string, pushed: CompiledDefinition, detail: string) => {
    const prepared = preparedOf(scenario)
    const members = expectedMembers(layout.places, [{ ...prepared, ...pushed }])
    const clustersKnown = async (clusters: readonly string[]) =>
      (await membersKnown(
        egress.admin,
        members.filter(({ cluster }) => clusters.includes(cluster)),
      )) === true
    return pushConfig(prepared, pushed, detail, { served, outcomes, emit, now, clustersKnown })
  }
  const unfollow = scenarios.flatMap(({ live, record: { name, mesh } }) => {
    if (live === undefined) return []
    const log = (text: string) => {
      const base = { src: 'runner', atMs: now(), scenario: name, process: 'user-control-plane' }
      emit({ ...base, kind: 'log-line', level: 'error', text })
    }
    const { from } = configUnderTest(mesh)
    return [followConfig(live, { log, push: async (changed) => void (await pushCompiled(name, changed, from)) })]
  })
  let stopping: Promise<void> | undefined
  return {
    readyMs,
    place,
    changes: (scenario) => foreign.get(scenario)?.changes ?? served.changes(scenario),
    surface: (scenario) =>
      faultSurface({
        scenario,
        hosts: place(scenario).hosts,
        upstreams,
        controlPlane,
        faultAdmin: fault.admin,
        push: (definition) => push(scenario, definition),
        ...(s3 === undefined ? {} : { failStore: s3.fail }),
        ...(relay === undefined ? {} : { tcp: relay.tcpOf(scenario) }),
        leave: (cluster, host) => registrar.leave(scenario, cluster, host, 'fault'),
      }),
    async readCounters(scenario, phase) {
      const here = place(scenario)
      const envoys = [{ role: 'egress', admin: egress.admin } as const, { role: 'fault', admin: fault.admin } as const]
      for (const { role, admin } of envoys) {
        const values = await scenarioCounters(admin, here, role)
        emit({ kind: 'counters', src: role, atMs: now(), scenario, phase, envoy: role, values })
      }
    },
    flushLogs: async () => {
      await Promise.all([outliers.read(), relay?.flush()])
    },
    async renew(renewed, signal) {
      scenarios = scenarios.map((old) => renewed.find(({ record }) => record.name === old.record.name) ?? old)
      await renewConfig(renewed, { served, admin: egress.admin, places: layout.places }, signal)
    },
    stop() {
      stopping ??= stopAll(unfollow)
        .finally(() => processes.stop())
        .finally(() => s3?.stop())
        .finally(layout.release)
      return stopping
    },
  }
}

function found<Item>(items: readonly Item[], is: (item: Item) => boolean, scenario: string): Item {
  const item = items.find(is)
  if (item === undefined) throw new Error(`no such scenario in this environment: ${scenario}`)
  return item
}
