// Reads service definitions for the commands, each file once: declared policy, compiled resources, cluster names.

import { isAbsolute, resolve } from 'node:path'
import type { MeshScenario } from '../core/scenario-record.ts'
import { evaluateJsonnet } from '../environment/tools/jsonnet-tool.ts'
import { compileDefinition, type XdsResources } from '../mesh/compile.ts'
import { declaredPolicy } from '../mesh/declared-policy.ts'
import { type LoadedDefinition, loadDefinition } from '../mesh/definition.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'

export interface Definitions {
  /** @throws InputError */
  load(file: string): Promise<LoadedDefinition>
  clustersOf(record: MeshScenario): Promise<readonly string[]>
  declared(record: MeshScenario): Promise<DeclaredPolicy>
  served(record: MeshScenario): Promise<XdsResources>
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
  const declaredFrom = async (file: string, node: string) => declaredPolicy(await load(file), node)
  const servedFrom = async (file: string, node: string) => compileDefinition((await load(file)).definition, node)
  return {
    load,
    clustersOf: async ({ mesh }) => {
      const both = await Promise.all([load(mesh.definition), load(mesh.declared)])
      return [...new Set(both.flatMap(({ definition }) => definition.dependencies.map((one) => one.cluster_name)))]
    },
    declared: ({ mesh }) => declaredFrom(mesh.declared, mesh.node),
    served: ({ mesh }) => servedFrom(mesh.definition, mesh.node),
    async pushed(definition, { file, mesh }) {
      const path = isAbsolute(definition) ? definition : resolve(cwd, file, '..', definition)
      return { served: await servedFrom(path, mesh.node), declared: await declaredFrom(path, mesh.node) }
    },
  }
}
