// What `doctor` says of LocalStack: installed, to be installed by the first run of a log pipeline, or not to be had on this
// machine, and why. It asks the Pythons for their versions and starts nothing else.

import { EnvironmentError } from '../../core/errors.ts'
import type { DoctorItem } from './doctor.ts'
import { findPython, type PythonFound } from './localstack-python.ts'
import { cachedLocalstack, type LocalstackTool } from './localstack-tool.ts'
import { freeSpaceBytes, nearestExisting } from './machine-facts.ts'
import { toolCacheFolder } from './tool-cache.ts'

export interface LocalstackFacts {
  readonly installed?: Pick<LocalstackTool, 'folder'> | undefined
  /** The Python that would get it, or the error that says why there is none. */
  readonly python?: PythonFound | Pick<EnvironmentError, 'message'>
  /** Where the cache is. */
  readonly freeBytes?: number | undefined
}

const name = 'localstack'
const version = '4.8.1'
/** Its packages, and what pip unpacks beside them. */
const freeBytesMin = 400e6
const scope = 'log pipelines only'

export async function localstackItem(cacheDir?: string): Promise<DoctorItem> {
  const installed = await cachedLocalstack(cacheDir === undefined ? {} : { cacheDir })
  if (installed !== undefined) return judgeLocalstack({ installed })
  const freeBytes = await freeSpaceBytes(await nearestExisting(toolCacheFolder(cacheDir)))
  return judgeLocalstack({ python: await pythonOrWhyNot(), freeBytes })
}

export function judgeLocalstack({ installed, python, freeBytes }: LocalstackFacts): DoctorItem {
  if (installed !== undefined) return { name, health: 'ok', found: `${version}, installed (${installed.folder})` }
  if (python !== undefined && 'message' in python) {
    const [why = '', hint = 'install one of them'] = python.message.split('\n  hint: ')
    const found = `${version}, not installed: ${why.replace(/\s+/g, ' ')}`
    return { name, health: 'bad', found, remedy: `${hint} (for ${scope})` }
  }
  if (freeBytes !== undefined && freeBytes < freeBytesMin) {
    const found = `${version}, not installed: ${Math.floor(freeBytes / 1e6)} MB are free where the tool cache is`
    const remedy = `make ${Math.ceil(freeBytesMin / 1e6)} MB of room, or set SHAKETABLE_CACHE (for ${scope})`
    return { name, health: 'bad', found, remedy }
  }
  return {
    name,
    health: 'warn',
    found: `${version}, not installed yet${python === undefined ? '' : ` (Python ${python.version} gets it)`}`,
    remedy: 'shaketable setup installs it (60 MB to fetch, 220 MB on disk); a run of a log pipeline does so by itself',
  }
}

async function pythonOrWhyNot(): Promise<PythonFound | EnvironmentError> {
  try {
    return await findPython()
  } catch (error) {
    if (error instanceof EnvironmentError) return error
    throw error
  }
}
