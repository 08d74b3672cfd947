// A directory of stored xDS objects, taken apart: `v3/discovery/{clusters,routes}/NODE`, and `listeners` and `endpoints`
// beside them where they exist. Each object is a whole DiscoveryResponse in JSON, as a control plane over REST hands it out.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nearest } from '../../core/did-you-mean.ts'
import { InputError } from '../../core/errors.ts'
import { type DiscoveryObject, readDiscoveryObject, type XdsType, xdsTypes } from './discovery-object.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { foreignFromXds } from './foreign-from-xds.ts'

const discovery = ['v3', 'discovery'] as const
const bytesMax = 32 * 1024 * 1024

/** @throws InputError with file and line */
export async function readXdsDirectory(directory: string, node: string): Promise<ForeignConfig> {
  const objects = await Promise.all(
    xdsTypes.map(async (type): Promise<readonly [XdsType, DiscoveryObject] | undefined> => {
      const file = join(directory, ...discovery, type, encodeURIComponent(node))
      const text = await readIfThere(file)
      return text === undefined ? undefined : [type, readDiscoveryObject(text, file, type)]
    }),
  )
  const found = Object.fromEntries(objects.flatMap((entry) => (entry === undefined ? [] : [entry])))
  if (found.clusters === undefined) throw await noSuchNode(directory, node)
  if (found.routes === undefined && found.listeners === undefined) {
    const file = join(directory, ...discovery, 'routes', encodeURIComponent(node))
    throw new InputError(`${file}: expected the routes of node ${node}, found none; its clusters are there`)
  }
  return foreignFromXds({ sort: 'xds', from: directory, node, objects: found })
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(file)
    if (bytes.length <= bytesMax) return bytes.toString('utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new InputError(`${file}: expected a file that can be read: ${message}`)
  }
  throw new InputError(`${file}: expected at most ${bytesMax / 1024 / 1024} MiB, found more`)
}

async function noSuchNode(directory: string, node: string): Promise<InputError> {
  const folder = join(directory, ...discovery, 'clusters')
  const nodes = await readdir(folder).catch(() => undefined)
  if (nodes === undefined) {
    return new InputError(`${directory}: expected a directory with v3/discovery/clusters/NODE, found no such folder`)
  }
  const names = nodes.filter((name) => !name.startsWith('.')).map((name) => decoded(name))
  const found = names.length === 0 ? 'no nodes' : `only ${names.toSorted().slice(0, 20).join(', ')}`
  const guess = nearest(node, names)
  const named = guess === undefined ? 'name one of them in mesh.node' : `did you mean ${guess}? (mesh.node)`
  const hint = names.length === 0 ? 'is this the right directory?' : named
  return new InputError(`${folder}: expected the clusters of node ${node}, found ${found}; ${hint}`)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
