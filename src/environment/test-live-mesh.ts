// For live tests: an environment with the real Envoy, a load generator, and all events that both told. Generator and plan
// headers come from other folders, so tests bring them along.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureWallOffset, monotonicMs } from '../core/clock.ts'
import type { NewEvent, PlannedFault } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { envoyAdmin } from './envoy/admin.ts'
import { type MeshEnvironment, type MeshEnvironmentOptions, startMeshEnvironment } from './mesh-environment.ts'
import { nameRunFolder } from './process/run-folder.ts'
import { waitUntil } from './process/wait-until.ts'
import { startWatchdog } from './process/watchdog.ts'
import { compiled, prepared, type TestScenario } from './test-mesh.ts'
import { ensureEnvoy } from './tools/envoy-tool.ts'

export interface TestRequest {
  readonly id: string
  /** Since the load's start. */
  readonly atMs: number
  readonly host: string
  readonly method?: string
  readonly path?: string
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly plan?: readonly PlannedFault[]
}

interface Job {
  readonly scenario: string
  readonly target: { readonly address: string; readonly port: number }
  readonly startMs: number
  readonly requests: readonly PlannedRequest[]
}

export interface LiveLoad {
  readonly startGenerator: (options: {
    readonly originMs: number
    readonly onEvents: (events: readonly NewEvent[]) => void
    readonly warmUp?: boolean
  }) => Promise<{ run(job: Job): Promise<unknown>; stop(): Promise<void> }>
  readonly planHeaders: (plan: readonly PlannedFault[], clusters: readonly string[]) => Record<string, string>
}

type EventOf<Kind extends NewEvent['kind'], Event = NewEvent> = Event extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Event
    : never
  : never

export interface LiveMesh extends AsyncDisposable {
  readonly environment: MeshEnvironment
  readonly events: readonly NewEvent[]
  readonly originMs: number
  /** Where the environment's own files lie. */
  readonly folder: string
  /** Ports that only the environment itself knows. */
  ports(): Promise<{ readonly egressAdmin: number; readonly xds: number }>
  /** The `/config_dump` of the Envoy under test. */
  egressDump(query?: string): Promise<unknown>
  /** How many hosts each of its clusters has. */
  egressHosts(): Promise<ReadonlyMap<string, number>>
  /** Pids of what was started and has not exited. */
  living(): readonly number[]
  of<Kind extends NewEvent['kind']>(kind: Kind, scenario?: string): readonly EventOf<Kind>[]
  /** Resolves when all are answered and, unless `settle` is false, when every log line is there. */
  send(scenario: string, requests: readonly TestRequest[], settle?: boolean): Promise<void>
  /** Resolves when the condition holds; gives true or what it saw. */
  until(what: string, condition: () => boolean | string | Promise<boolean | string>): Promise<void>
}

export interface LiveMeshOptions {
  readonly load: LiveLoad
  /** By key, which is also the scenario's name. */
  readonly scenarios: Readonly<Record<string, TestScenario>>
  /** Definitions that `push` may name. */
  readonly definitions?: Readonly<Record<string, string>>
  readonly environment?: Partial<MeshEnvironmentOptions>
}

const seed = 'live'

export async function startLiveMesh(options: LiveMeshOptions): Promise<LiveMesh> {
  const { load, definitions = {} } = options
  const scenarios = Object.entries(options.scenarios).map(([key, test]) => prepared(key, test))
  const closing = new AsyncDisposableStack()
  try {
    const envoy = await ensureEnvoy()
    const folder = nameRunFolder()
    const watchdog = closing.use(await startWatchdog(folder))
    const originMs = monotonicMs()
    const events: NewEvent[] = []
    const suffix = scenarios.length === 1 ? '-1' : ''
    const generator = closing.adopt(
      await load.startGenerator({ originMs, onEvents: (batch) => events.push(...batch), warmUp: false }),
      (started) => started.stop(),
    )
    const environment = closing.adopt(
      await startMeshEnvironment({
        suffix,
        folder: folder.path,
        envoyBinary: envoy.path,
        seed,
        originMs,
        wallOffsetMs: measureWallOffset().offsetMs,
        watchdog,
        scenarios,
        emit: (event) => events.push(event),
        compileFile: async (name) => compiled(definitions[name] ?? ''),
        ...options.environment,
      }),
      (started) => started.stop(),
    )
    const mesh = { environment, events, originMs, suffix, folder: `${folder.path}/environment${suffix}` }
    return { ...liveMesh(mesh, generator, load), [Symbol.asyncDispose]: () => closing.disposeAsync() }
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}

function liveMesh(
  mesh: Pick<LiveMesh, 'environment' | 'events' | 'originMs' | 'folder'> & { readonly suffix: string },
  generator: Awaited<ReturnType<LiveLoad['startGenerator']>>,
  { planHeaders }: LiveLoad,
): Omit<LiveMesh, typeof Symbol.asyncDispose> {
  const { environment, events } = mesh
  const of = <Kind extends NewEvent['kind']>(kind: Kind, scenario?: string) =>
    events.filter(
      (event) => event.kind === kind && (scenario === undefined || event.scenario === scenario),
    ) as unknown as readonly EventOf<Kind>[]
  const until: LiveMesh['until'] = (what, condition) =>
    waitUntil(what, async () => condition(), { timeoutMs: 10_000, intervalMs: 5 })
  const ports = async () => {
    type Bootstrap = { readonly admin: Address; readonly static_resources: { readonly clusters: readonly Xds[] } }
    type Address = { readonly address: { readonly socket_address: { readonly port_value: number } } }
    type Xds = {
      readonly load_assignment: { readonly endpoints: readonly [{ lb_endpoints: readonly [{ endpoint: Address }] }] }
    }
    const { admin, static_resources: resources } = JSON.parse(
      await readFile(join(mesh.folder, `egress${mesh.suffix}.json`), 'utf8'),
    ) as Bootstrap
    const xds = resources.clusters[0]?.load_assignment.endpoints[0].lb_endpoints[0].endpoint
    return {
      egressAdmin: admin.address.socket_address.port_value,
      xds: xds?.address.socket_address.port_value ?? 0,
    }
  }
  const admin = async () => envoyAdmin('egress', (await ports()).egressAdmin)
  return {
    ...mesh,
    of,
    until,
    ports,
    egressDump: async (query) => (await admin()).configDump(query),
    egressHosts: async () => (await admin()).hostsByCluster(),
    living() {
      const exited = new Set(of('process-exited').map(({ pid }) => pid))
      return of('process-started').flatMap(({ pid }) => (exited.has(pid) ? [] : [pid]))
    },
    async send(scenario, requests, settle = true) {
      const { egressPort: port, clusters } = environment.place(scenario)
      await generator.run({
        scenario,
        target: { address: '127.0.0.1', port },
        startMs: monotonicMs() + 20,
        requests: requests.map((request) => complete(request, clusters, planHeaders)),
      })
      if (!settle) return
      await until('all log lines', () => {
        const [sent, logged] = [of('request-sent', scenario).length, of('request-logged', scenario)]
        if (logged.length !== sent) return `${logged.length} requests logged, ${sent} sent`
        const attempts = logged.reduce((sum, one) => sum + one.attempts, 0)
        const lines = of('attempt-logged', scenario).length
        return lines >= attempts || `${lines} attempts logged, ${attempts} expected`
      })
    },
  }
}

function complete(
  { id, atMs, host, method = 'GET', path = '/', timeoutMs = 10_000, headers = {}, plan = [] }: TestRequest,
  clusters: readonly string[],
  planHeaders: LiveLoad['planHeaders'],
) {
  return {
    id,
    traffic: 0,
    atMs,
    method,
    host,
    path,
    headers: { ...headers, ...planHeaders(plan, clusters), 'x-shaketable-id': id },
    bodyBytes: 0,
    timeoutMs,
    plan,
  }
}

export function every(
  everyMs: number,
  count: number,
  prefix: string,
  request: (index: number) => Omit<TestRequest, 'id' | 'atMs'>,
): readonly TestRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    ...request(index),
    id: `${prefix}-${index}`,
    atMs: index * everyMs,
  }))
}
