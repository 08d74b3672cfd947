// Reads the configs of meshes for the commands, each file once: declared policy, compiled resources, cluster names; of
// anything but a service definition also the pieces that it was taken apart into.

import { isAbsolute, resolve } from 'node:path'
import { configUnderTest, type MeshRecord, type MeshScenario } from '../core/scenario-record.ts'
import { evaluateJsonnet } from '../environment/tools/jsonnet-tool.ts'
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
  /** A definition that a `push` fault names, relative to the scenario's file. */
  pushed(definition: string, record: MeshScenario): Promise<{ served: XdsResources; declared: DeclaredPolicy }>
}

export function openDefinitions(cwd: string, progress: (line: string) => void): Definitions {
  const loaded = new Map<string, Promise<LoadedDefinition>>()
  const load = (file: string) => {
    const path = resolve(cwd, file)
    const found = loaded.get(path) ?? loadDefinition(path, { jsonnet: (name) => evaluateJsonnet(name, { progress }) })
    loaded.set(path, found)
    return found
  }
  const foreigns = new Map<string, Promise<ForeignConfig>>()
  const foreignOf = (mesh: MeshRecord, from?: string) => {
    const { sort } = configUnderTest(mesh)
    const meant = from === undefined ? mesh : { ...mesh, [sort]: from }
    const key = JSON.stringify([sort, meant[sort], mesh.node])
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
    async pushed(definition, record) {
      const path = isAbsolute(definition) ? definition : resolve(cwd, record.file, '..', definition)
      return { served: pick(await servedFrom(path, record)), declared: await declaredFrom(path, record) }
    },
  }
}

const pick = ({ clusters, routes }: XdsResources): XdsResources => ({ clusters, routes })
