// Reads the configs of meshes for the commands, each file once: declared policy, compiled resources, cluster names; of
// anything but a service definition also the pieces that it was taken apart into.

import { isAbsolute, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import {
  type ControlPlaneRecord,
  configUnderTest,
  type MeshRecord,
  type MeshScenario,
} from '../core/scenario-record.ts'
import type { LiveConfig } from '../environment/prepared-scenario.ts'
import { evaluateJsonnet } from '../environment/tools/jsonnet-tool.ts'
import type { UserControlPlane } from '../environment/xds-client/user-control-plane.ts'
import { compileDefinition, type XdsResources } from '../mesh/compile.ts'
import { declaredPolicy } from '../mesh/declared-policy.ts'
import { type LoadedDefinition, loadDefinition } from '../mesh/definition.ts'
import { declaredFromXds } from '../mesh/foreign/declared-from-xds.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import { loadForeign } from '../mesh/foreign/load-foreign.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'

export interface Definitions {
  /** @throws InputError */
  load(file: string): Promise<LoadedDefinition>
  clustersOf(record: MeshScenario): Promise<readonly string[]>
  declared(record: MeshScenario): Promise<DeclaredPolicy>
  served(record: MeshScenario): Promise<XdsResources>
  /** Where the config under test is no service definition. */
  foreign(record: MeshScenario): Promise<ForeignConfig | undefined>
  /** Where it may change while the scenario runs. */
  live(record: MeshScenario): Promise<LiveConfig | undefined>
  /** A definition that a `push` fault names, relative to the scenario's file. */
  pushed(definition: string, record: MeshScenario): Promise<{ served: XdsResources; declared: DeclaredPolicy }>
}

/** What runs control planes; without one nothing can be said of their configs. */
export type PlaneOf = (mesh: MeshRecord & { readonly controlPlane: ControlPlaneRecord }) => Promise<UserControlPlane>

const noPlanes: PlaneOf = async ({ controlPlane }) => {
  const command = controlPlane.command.join(' ')
  throw new InputError(
    `${command}: what a control plane serves is known only while it runs, and only \`shaketable run\` starts it`,
  )
}

export function openDefinitions(
  cwd: string,
  progress: (line: string) => void,
  planeOf: PlaneOf = noPlanes,
): Definitions {
  const loaded = new Map<string, Promise<LoadedDefinition>>()
  const load = (file: string) => {
    const path = resolve(cwd, file)
    const found =
      loaded.get(path) ??
      loadDefinition(path, {
        jsonnet: (name) => evaluateJsonnet(name, { progress }),
      })
    loaded.set(path, found)
    return found
  }
  const foreigns = new Map<string, Promise<ForeignConfig>>()
  const foreignOf = (mesh: MeshRecord, from?: string) => {
    const { sort } = configUnderTest(mesh)
    const { controlPlane, ...files } = mesh
    if (controlPlane !== undefined && from === undefined) {
      return planeOf({ ...mesh, controlPlane }).then(({ config }) => config)
    }
    // What stands in for a control plane lies in a directory.
    const meant = from === undefined ? mesh : { ...files, [controlPlane === undefined ? sort : 'xds']: from }
    const key = JSON.stringify(meant)
    const found = foreigns.get(key) ?? loadForeign(meant)
    foreigns.set(key, found)
    return found
  }
  const isForeign = (mesh: MeshRecord) => configUnderTest(mesh).sort !== 'definition'
  const declaredFrom = async (file: string, { mesh }: MeshScenario) =>
    isForeign(mesh) ? declaredFromXds(await foreignOf(mesh, file)) : declaredPolicy(await load(file), mesh.node)
  const servedFrom = async (file: string, { mesh }: MeshScenario): Promise<XdsResources> =>
    isForeign(mesh) ? await foreignOf(mesh, file) : compileDefinition((await load(file)).definition, mesh.node)
  const declared = async (record: MeshScenario) => {
    const { mesh } = record
    if (mesh.declared !== undefined || !isForeign(mesh)) {
      return declaredFrom(mesh.declared ?? mesh.definition ?? '', record)
    }
    return declaredFromXds(await foreignOf(mesh))
  }
  const served = async (record: MeshScenario) => {
    const { mesh } = record
    return isForeign(mesh) ? pick(await foreignOf(mesh)) : servedFrom(mesh.definition ?? '', record)
  }
  return {
    load,
    clustersOf: async (record) => {
      const both = await Promise.all([served(record), declared(record)])
      return [...new Set(both.flatMap(({ clusters }) => clusters.map(({ name }) => name)))]
    },
    declared,
    served,
    foreign: async ({ mesh }) => (isForeign(mesh) ? foreignOf(mesh) : undefined),
    async live(record) {
      const { controlPlane, declared: other } = record.mesh
      if (controlPlane === undefined) return undefined
      const plane = await planeOf({ ...record.mesh, controlPlane })
      const held = other === undefined ? undefined : await declared(record)
      return {
        follow: ({ changed, problem }) =>
          plane.follow({
            problem,
            changed: (config) =>
              changed({
                served: pick(config),
                declared: held ?? declaredFromXds(config),
              }),
          }),
      }
    },
    async pushed(definition, record) {
      const path = isAbsolute(definition) ? definition : resolve(cwd, record.file, '..', definition)
      return {
        served: pick(await servedFrom(path, record)),
        declared: await declaredFrom(path, record),
      }
    },
  }
}

const pick = ({ clusters, routes }: XdsResources): XdsResources => ({
  clusters,
  routes,
})
