// The files and folders that a scenario is made of, beside its own: a save of one of them concerns it. What those files
// import is not looked for: whatever is saved beside them is taken as a reason to look again.

import { dirname, isAbsolute, resolve } from 'node:path'
import type { ScenarioRecord } from '../../core/scenario-record.ts'
import { isMesh } from '../../core/scenario-record.ts'

/** Absolute paths. */
export function namedFiles(record: ScenarioRecord, cwd: string): readonly string[] {
  const own = resolve(cwd, record.file)
  if (!isMesh(record)) return [own, record.pipeline.config]
  const { definition, envoy, configDump, xds, declared } = record.mesh
  const pushed = record.faults.flatMap(({ kind, config }) =>
    kind === 'push' ? [(config as { readonly definition: string }).definition] : [],
  )
  return [
    own,
    ...[definition, envoy, configDump, xds, declared].filter((file) => file !== undefined),
    ...pushed.map((file) => (isAbsolute(file) ? file : resolve(dirname(own), file))),
  ]
}

/** Folders of which everything counts, at any depth. */
export function namedFolders(record: ScenarioRecord): readonly string[] {
  if (!isMesh(record)) return [dirname(record.pipeline.config)]
  const { xds, controlPlane } = record.mesh
  return [...(xds === undefined ? [] : [xds]), ...(controlPlane === undefined ? [] : [controlPlane.cwd])]
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** The save of this file alone is a reason to run the scenario, whether or not it reads differently now. */
export function concerns(saved: string, record: ScenarioRecord, cwd: string): boolean {
  return namedFiles(record, cwd).includes(saved) || namedFolders(record).some((folder) => isWithin(saved, folder))
}
