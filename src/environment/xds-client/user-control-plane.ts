// The user's own control plane, running: its process, the client that asks it, and what it serves as a config like any other.
// It is held until it is closed, and whoever follows it learns of every change of its mind.
//
//   process ◄─ watchdog        client ─► snapshot ─► config under test
//      └────── loopback ──────────┘ └─► changes ─► whoever follows

import { InputError } from '../../core/errors.ts'
import type { ControlPlaneRecord, MeshRecord } from '../../core/scenario-record.ts'
import { unplaced } from '../../mesh/definition-source.ts'
import { xdsTypes } from '../../mesh/foreign/discovery-object.ts'
import type { ForeignConfig } from '../../mesh/foreign/foreign-config.ts'
import { foreignFromXds, routeConfigName } from '../../mesh/foreign/foreign-from-xds.ts'
import { runnableForeign } from '../../mesh/foreign/runnable.ts'
import type { Resource } from '../../mesh/xds.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Watchdog } from '../process/watchdog.ts'
import { type ControlPlaneChild, controlPlaneName, startControlPlaneChild } from './control-plane-child.ts'
import { nameOf } from './discovered.ts'
import { openXdsClient, type XdsClient, type XdsSnapshot } from './xds-client.ts'

export interface ConfigFollower {
  /** It serves something else now. */
  changed(config: ForeignConfig): void
  /** In words for a person; it goes on. */
  problem(text: string): void
}

export interface UserControlPlane {
  /** What it served when it was complete for the first time. */
  readonly config: ForeignConfig
  /** One at a time. Calls back at once when something has changed before; returns what ends it. */
  follow(follower: ConfigFollower): () => void
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface UserControlPlaneOptions {
  readonly mesh: MeshRecord & { readonly controlPlane: ControlPlaneRecord }
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
  /** Default 60 s: a program may be compiled first. */
  readonly listensWithinMs?: number
  /** Default 10 s. */
  readonly servesWithinMs?: number
}

const listensWithinMsDefault = 60_000
const servesWithinMsDefault = 10_000
/** Several answers often make one change: it is told when nothing has come for so long. */
const quietMs = 30
/** A change whose parts do not all come is told as it is after so long. */
const incompleteMs = 1_000
const problemsMax = 20

/** @throws EnvironmentError with its last words when it does not serve in time, or the signal's reason */
export async function openUserControlPlane(options: UserControlPlaneOptions): Promise<UserControlPlane> {
  const { mesh, watchdog, signal } = options
  const record = mesh.controlPlane
  const listensWithinMs = options.listensWithinMs ?? listensWithinMsDefault
  const child = await startControlPlaneChild({ record, watchdog, signal, listensWithinMs })
  const watch = newWatch()
  let client: XdsClient | undefined
  try {
    const node = { id: record.nodeId ?? mesh.node, cluster: mesh.node }
    const opened = await openXdsClient({ ...watch.callbacks, protocol: record.protocol, port: child.port, node })
    client = opened
    await waitUntil(controlPlaneName(record), async () => readiness(opened, watch.problems), {
      timeoutMs: options.servesWithinMs ?? servesWithinMsDefault,
      intervalMs: 10,
      process: { ...child.started, lastLines: child.lastLines },
      signal,
      hint: () => `it was asked over ${record.protocol} as node.id "${node.id}", node.cluster "${node.cluster}"`,
    })
    return running(mesh, child, opened, watch)
  } catch (error) {
    client?.close()
    await child.stop()
    throw error
  }
}

function readiness(client: XdsClient, problems: readonly string[]): true | string {
  const missing = client.missing()
  if (missing.length === 0) return true
  return problems.at(-1) ?? `${missing.slice(0, 5).join(', ')} did not come`
}

/** What the client tells before and after somebody listens. */
function newWatch() {
  const problems: string[] = []
  const unknownFields = new Set<string>()
  const watch = { onNews: () => {}, onProblem: (_: string) => {} }
  return {
    problems,
    unknownFields,
    listen(onNews: () => void, onProblem: (problem: string) => void) {
      watch.onNews = onNews
      watch.onProblem = onProblem
    },
    callbacks: {
      onNews: () => watch.onNews(),
      onProblem(problem: string) {
        if (problems.length < problemsMax) problems.push(problem)
        watch.onProblem(problem)
      },
      onUnknownField: (place: string) => void (unknownFields.size < problemsMax && unknownFields.add(place)),
    },
  }
}

function running(
  mesh: UserControlPlaneOptions['mesh'],
  child: ControlPlaneChild,
  client: XdsClient,
  watch: ReturnType<typeof newWatch>,
): UserControlPlane {
  const configNow = () => configOf(mesh, client.snapshot(), [...watch.unknownFields])
  const config = configNow()
  let told = JSON.stringify(client.snapshot())
  let follower: ConfigFollower | undefined
  let timer: NodeJS.Timeout | undefined
  let incompleteSinceMs: number | undefined
  let isStopping = false
  let ended: string | undefined
  const say = (text: string) => follower?.problem(`${controlPlaneName(mesh.controlPlane)}: ${text}`)
  const tell = () => {
    timer = undefined
    if (follower === undefined) return
    const missing = client.missing()
    incompleteSinceMs = missing.length === 0 ? undefined : (incompleteSinceMs ?? performance.now())
    if (incompleteSinceMs !== undefined && performance.now() - incompleteSinceMs < incompleteMs) return look()
    if (missing.length > 0) say(`${missing.join(', ')} did not come`)
    incompleteSinceMs = undefined
    const now = JSON.stringify(client.snapshot())
    if (now === told) return
    told = now
    try {
      const changed = configNow()
      if (JSON.stringify(changed.listeners) !== JSON.stringify(config.listeners)) {
        say('its listeners have changed; here they stay as they were at the start')
      }
      follower.changed(changed)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      follower.problem(error.message)
    }
  }
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(tell, quietMs)
  }
  watch.listen(look, say)
  void child.started.exited.then(({ code, signal }) => {
    client.close()
    if (isStopping) return
    ended = `it ended with ${signal ?? `code ${code}`}; last log: ${child.lastLines().slice(-3).join(' | ') || 'none'}`
    say(ended)
  })
  const stop = async () => {
    isStopping = true
    clearTimeout(timer)
    follower = undefined
    client.close()
    await child.stop()
  }
  return {
    config,
    follow(listener) {
      follower = listener
      look()
      // It may have ended between its first answer and now.
      if (ended !== undefined) say(ended)
      return () => {
        follower = undefined
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** @throws InputError when it serves nothing that could be run */
function configOf(
  mesh: UserControlPlaneOptions['mesh'],
  snapshot: XdsSnapshot,
  unknownFields: readonly string[],
): ForeignConfig {
  const from = controlPlaneName(mesh.controlPlane)
  const objects = Object.fromEntries(
    xdsTypes.map((type) => {
      const resources = snapshot[type].map(
        (resource): Resource => ({ ...resource, '@type': String(resource['@type']), name: nameOf(type, resource) }),
      )
      const source = unplaced({ [type]: resources }, from)
      return [type, { resources, lineOf: (pointer: string) => source.lineOf(`/${type}${pointer}`) }]
    }),
  )
  const config = foreignFromXds({ sort: 'controlPlane', from, node: mesh.node, objects })
  const asked = `it was asked for node.cluster "${mesh.node}"`
  if (config.clusters.length === 0) throw new InputError(`${from}: expected clusters, found none; ${asked}`)
  if (config.listeners.length === 0 && routeConfigName(config) === undefined) {
    const names = config.routes.map(({ name }) => name).join(', ')
    const found = names === '' ? 'none' : `several (${names}) and no listener that names one`
    throw new InputError(`${from}: expected routes, found ${found}; ${asked}`)
  }
  const left = unknownFields.map((place) => `${place} is not in Envoy's public API and was left out, as Envoy would do`)
  return runnableForeign({ ...config, changes: left }, mesh.stubs)
}
