// Finds out what `init` was given: a service definition, a static envoy.yaml, a config dump, a directory of stored xDS
// objects, or a folder with any of these in it. It looks at keys only; reading a config is for its own loader.

import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join, relative, resolve } from 'node:path'
import { LineCounter, parseAllDocuments } from 'yaml'
import { InputError } from '../../core/errors.ts'

export type ConfigSort = 'definition' | 'envoy' | 'configDump' | 'xds'

export interface FoundConfig {
  readonly sort: ConfigSort
  /** Absolute. */
  readonly path: string
  /** As the user would write it. */
  readonly shown: string
  readonly node: string
}

export interface Found {
  readonly configs: readonly FoundConfig[]
  /** Files that look like a config by their name or content and are none, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[]
}

export const sortWords: Readonly<Record<ConfigSort, string>> = {
  definition: 'service definition',
  envoy: 'envoy.yaml',
  configDump: 'config dump',
  xds: 'xDS objects',
}

const depthMax = 6
const filesMax = 5000
/** Of a folder: the first so many. A config dump of a large mesh has a few megabytes. */
const configsMax = 50
const fileBytesMax = 64 * 1024 * 1024
const leftAlone = new Set(['node_modules', 'scenarios', 'reports', 'dist'])
const expected =
  'a service definition, an envoy.yaml, a /config_dump, a directory of xDS objects, or a folder with one of these in it'

/** @throws InputError when nothing of the kind is there */
export async function findConfigs(given: string | undefined, cwd: string): Promise<Found> {
  const path = resolve(cwd, given ?? '.')
  const shown = given ?? '.'
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined) throw new InputError(`${shown}: expected ${expected}, found nothing there; check the path`)
  if (!stats.isDirectory()) return { configs: [await configOf(path, shown)], skipped: [] }
  const found = await walk(path, cwd)
  if (found.configs.length > 0) return found
  const near = found.skipped.map(({ file, reason }) => `\n  ${file}: ${reason}`).join('')
  throw new InputError(
    `${shown === '.' ? 'this folder' : shown}: expected ${expected}, found none${near}\n  hint: name the file, for instance npx shaketable init envoy.yaml`,
  )
}

async function configOf(path: string, shown: string): Promise<FoundConfig> {
  const sniffed = await sniff(path)
  if ('sort' in sniffed) return { sort: sniffed.sort, path, shown, node: nodeOf(path, sniffed.node) }
  throw new InputError(`${shown}: expected ${expected}, found ${sniffed.reason}`)
}

async function walk(top: string, cwd: string): Promise<Found> {
  const configs: FoundConfig[] = []
  const skipped: { file: string; reason: string }[] = []
  let files = 0
  async function visit(folder: string, depth: number): Promise<void> {
    const stored = await storedNodes(folder)
    for (const node of stored) configs.push({ sort: 'xds', path: folder, shown: shownAs(folder, cwd), node })
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.') || configs.length >= configsMax) continue
      if (entry.isDirectory()) {
        const isStore = stored.length > 0 && entry.name === 'v3'
        if (depth < depthMax && !isStore && !leftAlone.has(entry.name)) await visit(path, depth + 1)
        continue
      }
      if (!entry.isFile() || !mayBeConfig(entry.name) || ++files > filesMax) continue
      const sniffed = await sniff(path)
      if ('sort' in sniffed) {
        configs.push({ sort: sniffed.sort, path, shown: shownAs(path, cwd), node: nodeOf(path, sniffed.node) })
      } else if (sniffed.isNear) skipped.push({ file: shownAs(path, cwd), reason: sniffed.reason })
    }
  }
  const root = await storeRoot(top)
  await visit(root ?? top, 0)
  return { configs, skipped: skipped.slice(0, 20) }
}

/** Who names `store/v3/discovery` means `store`. */
async function storeRoot(folder: string): Promise<string | undefined> {
  for (const root of [resolve(folder, '..'), resolve(folder, '../..')]) {
    if (folder.startsWith(join(root, 'v3')) && (await storedNodes(root)).length > 0) return root
  }
  return undefined
}

/** The nodes of a directory of xDS objects: `v3/discovery/{clusters,routes}/NODE`. */
async function storedNodes(folder: string): Promise<readonly string[]> {
  const namesIn = (type: string) => readdir(join(folder, 'v3', 'discovery', type)).catch(() => [] as string[])
  const [clusters, routes] = await Promise.all([namesIn('clusters'), namesIn('routes')])
  return clusters.filter((node) => routes.includes(node) && isNode(node)).toSorted()
}

const mayBeConfig = (name: string) => ['.yaml', '.yml', '.json', '.jsonnet'].includes(extname(name))
const isNode = (text: string) => /^[\w.-]{1,128}$/.test(text)
const shownAs = (path: string, cwd: string) => relative(cwd, path) || '.'

function nodeOf(path: string, named: string | undefined): string {
  if (named !== undefined && isNode(named)) return named
  const stem = basename(path, extname(path))
  return isNode(stem) ? stem : 'node'
}

type Sniffed =
  | { readonly sort: ConfigSort; readonly node?: string }
  /** `isNear`: worth a word when a whole folder is looked through. */
  | { readonly reason: string; readonly isNear: boolean }

async function sniff(path: string): Promise<Sniffed> {
  const { size } = await stat(path)
  if (size > fileBytesMax) return { reason: `a file of ${Math.round(size / 1e6)} MB`, isNear: false }
  if (await isBinary(path)) return { reason: 'a file that is no text', isNear: false }
  const text = await readFile(path, 'utf8').catch((error: Error) => error)
  if (text instanceof Error) return { reason: `a file that cannot be read: ${text.message}`, isNear: true }
  // What it evaluates to is not known yet: its own loader says so.
  if (extname(path) === '.jsonnet') {
    return text.includes('dependencies')
      ? { sort: 'definition' }
      : { reason: 'jsonnet without dependencies', isNear: false }
  }
  const looksNear = /^\s*"?(static_resources|staticResources|dependencies|configs)"?\s*:/m.test(text)
  const document = parse(text)
  if (typeof document === 'string') return { reason: document, isNear: looksNear }
  return sortOf(document) ?? { reason: keysOf(document), isNear: false }
}

async function isBinary(path: string): Promise<boolean> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
    return buffer.subarray(0, bytesRead).includes(0)
  } finally {
    await handle.close()
  }
}

/** The first document, or in words why there is none. JSON is tried first: a config dump is large and YAML is slow. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // YAML, then.
  }
  const lineCounter = new LineCounter()
  const [first] = parseAllDocuments(text, { lineCounter, logLevel: 'silent' })
  if (first === undefined || !('errors' in first)) return 'an empty file'
  const [error] = first.errors
  if (error !== undefined)
    return `no YAML: line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]?.replace(/ at line \d.*$/, '')}`
  try {
    return first.toJS({ maxAliasCount: 1000 })
  } catch (failure) {
    return `no YAML: ${(failure as Error).message}`
  }
}

function sortOf(document: unknown): Sniffed | undefined {
  if (!isMapping(document)) return undefined
  if (Array.isArray(document.configs)) return { sort: 'configDump', ...nodeNamed(dumpedBootstrap(document.configs)) }
  if ('static_resources' in document || 'staticResources' in document) return { sort: 'envoy', ...nodeNamed(document) }
  if (Array.isArray(document.dependencies) && 'version' in document) return { sort: 'definition' }
  if (Array.isArray(document.resources) && ('type_url' in document || 'version_info' in document)) {
    return { reason: 'one xDS object; name the directory that holds v3/discovery/', isNear: false }
  }
  return undefined
}

function dumpedBootstrap(configs: readonly unknown[]): unknown {
  const dumped = configs.find((one) => isMapping(one) && isMapping(one.bootstrap))
  return isMapping(dumped) ? dumped.bootstrap : undefined
}

function nodeNamed(bootstrap: unknown): { node?: string } {
  const node = isMapping(bootstrap) && isMapping(bootstrap.node) ? bootstrap.node.cluster : undefined
  return typeof node === 'string' && node !== '' ? { node } : {}
}

function keysOf(document: unknown): string {
  if (!isMapping(document)) return 'a file that is no mapping'
  const keys = Object.keys(document)
  return `a mapping with ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', ...' : ''}`
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
