// Says what this machine can do for a run, and what to do about what it cannot. Looks only: it fetches and starts
// nothing but Pythons to ask for versions; measuring an honest request rate is the caller's.

import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { hostAddress } from '../process/ports.ts'
import { localstackItem } from './doctor-localstack.ts'
import { type EnvoyOptions, ensureEnvoy, envoyPath } from './envoy-tool.ts'
import * as facts from './machine-facts.ts'
import { defaultEnvoyVersion, envoyWheels, type PlatformName } from './pinned-wheels.ts'
import { isVerifiedThoroughly, toolCacheFolder } from './tool-cache.ts'

export { tickMs } from './machine-facts.ts'

export type Health = 'ok' | 'warn' | 'bad'

export interface DoctorItem {
  /** `node`, `envoy`, `python`, `cores`, ... */
  readonly name: string
  readonly health: Health
  /** What was found, with its figure. */
  readonly found: string
  /** What to do; always there unless `ok`. */
  readonly remedy?: string
}

export interface DoctorReport {
  /** The worst of all items; with `bad` a run will not start. */
  readonly health: Health
  readonly items: readonly DoctorItem[]
  readonly tickMs: number
  readonly honestMaximumPerSecond?: number
}

export interface DoctorOptions extends Pick<EnvoyOptions, 'version' | 'cacheDir'> {
  /** Requests per second that this machine carries without falsifying latencies. Called last, on an otherwise idle machine. */
  readonly measureHonestMaximum?: () => Promise<number>
}

/** The runner packs scenarios up to this many planned attempts a second. */
const packedPerSecond = 500

export async function examineMachine(options: DoctorOptions = {}): Promise<DoctorReport> {
  const [python, tick] = await Promise.all([facts.pythonFacts(), facts.tickMs()])
  const [envoy, localstack] = await Promise.all([envoyItem(options, python), localstackItem(options.cacheDir)])
  const items = [
    nodeItem(process.versions.node),
    envoy,
    localstack,
    pythonItem(python, envoy.health === 'ok' && localstack.health === 'ok'),
    coresItem(availableParallelism(), loadavg()[0] ?? 0),
    memoryItem(facts.availableMemoryBytes()),
    tickItem(tick),
    await loopbackItem(),
    openFilesItem(facts.openFilesMax()),
    spaceItem(tmpdir(), await facts.freeSpaceBytes(tmpdir())),
    await cacheItem(toolCacheFolder(options.cacheDir)),
  ]
  const honest = await options.measureHonestMaximum?.()
  if (honest !== undefined) items.push(honestItem(honest))
  return {
    health: worstHealth(items),
    items,
    tickMs: tick,
    ...(honest === undefined ? {} : { honestMaximumPerSecond: honest }),
  }
}

export function worstHealth(items: readonly DoctorItem[]): Health {
  if (items.some((item) => item.health === 'bad')) return 'bad'
  return items.some((item) => item.health === 'warn') ? 'warn' : 'ok'
}

/** Below `badBelow` bad, below `warnBelow` a warning. */
function graded(
  name: string,
  found: string,
  value: number,
  limits: { readonly badBelow: number; readonly warnBelow: number },
  remedy: string,
): DoctorItem {
  if (value >= limits.warnBelow) return { name, health: 'ok', found }
  return { name, health: value < limits.badBelow ? 'bad' : 'warn', found, remedy }
}

export function nodeItem(version: string): DoctorItem {
  return graded('node', version, Number.parseInt(version, 10), { badBelow: 24, warnBelow: 24 }, 'install Node 24')
}

async function envoyItem(options: DoctorOptions, python: facts.PythonFacts): Promise<DoctorItem> {
  const name = 'envoy'
  const version = options.version ?? defaultEnvoyVersion
  if (process.env.SHAKETABLE_ENVOY) {
    try {
      const own = await ensureEnvoy(options)
      return { name, health: 'ok', found: `${own.version}, your own (${own.path})` }
    } catch (error) {
      return { name, health: 'bad', found: (error as Error).message, remedy: 'correct or unset SHAKETABLE_ENVOY' }
    }
  }
  const path = envoyPath(options)
  if (await isVerifiedThoroughly(path))
    return { name, health: 'ok', found: `${version}, cached, sha256 verified (${path})` }
  const platform = `${process.platform}-${process.arch}`
  const wheel = envoyWheels[version]?.[platform as PlatformName]
  if (wheel === undefined) {
    return {
      name,
      health: 'bad',
      found: `${version} is not pinned for ${platform}`,
      remedy: 'set SHAKETABLE_ENVOY to one',
    }
  }
  const found = `${version}, not fetched yet`
  if (python.pip === undefined) return { name, health: 'bad', found, remedy: 'python3 with pip is needed to fetch it' }
  const megabytes = Math.ceil(wheel.sizeBytes / 1e6)
  return {
    name,
    health: 'warn',
    found,
    remedy: `shaketable setup fetches it (${megabytes} MB); a run does so by itself`,
  }
}

export function pythonItem({ python, pip }: facts.PythonFacts, toolsAreHere: boolean): DoctorItem {
  const found = `python3 ${python ?? 'not found'}, pip ${pip ?? 'not found'}`
  if (python !== undefined && pip !== undefined) return { name: 'python', health: 'ok', found }
  const remedy = `apt-get install ${python === undefined ? 'python3 python3-pip' : 'python3-pip'}`
  const purpose = toolsAreHere ? ' (only needed for .jsonnet files now)' : ''
  return { name: 'python', health: toolsAreHere ? 'warn' : 'bad', found, remedy: `${remedy}${purpose}` }
}

export function coresItem(cores: number, load: number): DoctorItem {
  const found = `${cores}, load ${load.toFixed(1)}`
  const name = 'cores'
  if (cores < 2) return { name, health: 'warn', found, remedy: 'timed rules are often inconclusive on fewer than 2' }
  if (load <= cores) return { name, health: 'ok', found }
  return {
    name,
    health: 'warn',
    found,
    remedy: 'something else keeps this machine busy: timed rules may be inconclusive',
  }
}

function memoryItem(bytes: number): DoctorItem {
  const limits = { badBelow: 400e6, warnBelow: 1.6e9 }
  const remedy = 'a run of meshes takes about 0.6 GB, of log pipelines up to 1.5 GB: end other programs'
  return graded('memory', `${gigabytes(bytes)} available`, bytes, limits, remedy)
}

export function tickItem(ms: number): DoctorItem {
  const found = `${ms} ms`
  if (ms <= 4) return { name: 'kernel tick', health: 'ok', found }
  return { name: 'kernel tick', health: 'warn', found, remedy: 'timed rules allow for it and so see less' }
}

async function loopbackItem(): Promise<DoctorItem> {
  const hosts = ['127.0.0.1', hostAddress(0), hostAddress(300)]
  const bound = await Promise.all(hosts.map(facts.canBind))
  const missing = hosts.filter((_, index) => !bound[index])
  const name = 'loopback'
  if (missing.length === 0) return { name, health: 'ok', found: `${[...new Set(hosts)].join(', ')} can be bound` }
  return {
    name,
    health: 'bad',
    found: `${missing.join(', ')} cannot be bound`,
    remedy: 'listeners and upstream hosts need these: ip link set lo up',
  }
}

export function openFilesItem(limit: number | undefined): DoctorItem {
  if (limit === undefined) return { name: 'open files', health: 'ok', found: 'limit not known' }
  const limits = { badBelow: 1024, warnBelow: 4096 }
  return graded('open files', `at most ${limit}`, limit, limits, 'ulimit -n 4096')
}

export function spaceItem(folder: string, bytes: number | undefined): DoctorItem {
  if (bytes === undefined) {
    return { name: 'temp space', health: 'bad', found: `${folder} cannot be read`, remedy: 'set TMPDIR' }
  }
  const limits = { badBelow: 200e6, warnBelow: 1e9 }
  return graded('temp space', `${gigabytes(bytes)} free in ${folder}`, bytes, limits, 'make room, or set TMPDIR')
}

async function cacheItem(folder: string): Promise<DoctorItem> {
  const nearest = await facts.nearestExisting(folder)
  const name = 'tool cache'
  if (await may(nearest, constants.W_OK)) return { name, health: 'ok', found: folder }
  return {
    name,
    health: 'bad',
    found: `${nearest} cannot be written`,
    remedy: 'set SHAKETABLE_CACHE to a folder of yours',
  }
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

function honestItem(perSecond: number): DoctorItem {
  const limits = { badBelow: 50, warnBelow: packedPerSecond }
  const remedy = `below the ${packedPerSecond} requests/s of a packed run: runs may be inconclusive here`
  return graded('honest maximum', `${Math.round(perSecond)} requests/s`, perSecond, limits, remedy)
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
