// For this folder's tests: scenarios prepared from definitions in a few lines of YAML.

import type { MeshScenario } from '../core/scenario-record.ts'
import { syntheticScenario } from '../core/synthetic-history.ts'
import { compileDefinition, type XdsResources } from '../mesh/compile.ts'
import { declaredPolicy } from '../mesh/declared-policy.ts'
import { parseDefinition } from '../mesh/definition.ts'
import type { CompiledDefinition, PreparedScenario } from './prepared-scenario.ts'

export interface TestDependency {
  readonly name: string
  /** Discovered hosts, HTTP/2. */
  readonly sds?: boolean
  /** Lines of YAML in flow style: `{ max_connections: 3, max_pending_requests: 4, max_retries: 3 }`. */
  readonly breaker?: string
  readonly outlier?: string
  /** Default: everything within 3 s, no retry. */
  readonly routes?: readonly string[]
}

/** Cluster and virtual host bear the same name. */
export function definitionOf(...dependencies: readonly TestDependency[]): string {
  const blocks = dependencies.map(({ name, sds, breaker, outlier, routes = ['{ prefix: /, timeout_ms: 3000 }'] }) =>
    [
      `  - name: ${name}`,
      `    cluster_name: ${name}`,
      sds ? '    sds: true' : `    lb: ${name}.internal:80`,
      '    tls: false',
      '    connect_timeout_ms: 1000',
      ...(breaker === undefined ? [] : [`    circuit_breaker: ${breaker}`]),
      ...(outlier === undefined ? [] : [`    outlier_detection: ${outlier}`]),
      '    routes:',
      ...routes.map((route) => `      - ${route}`),
    ].join('\n'),
  )
  return `version: 1\ndependencies:\n${blocks.join('\n')}\n`
}

export function compiled(text: string, node = 'book'): CompiledDefinition {
  const loaded = parseDefinition(text, `${node}.yaml`, 'yaml')
  return { served: compileDefinition(loaded.definition, node), declared: declaredPolicy(loaded, node) }
}

export interface TestScenario extends Partial<MeshScenario> {
  readonly definition: string
  readonly processFaultTargets?: readonly string[]
  readonly relayTargets?: readonly string[]
  /** Definitions that it will push. */
  readonly pushes?: readonly string[]
  /** Breaks what is served. */
  readonly serve?: (served: XdsResources) => XdsResources
}

export function prepared(key: string, test: TestScenario): PreparedScenario {
  const { definition, processFaultTargets = [], relayTargets = [], pushes = [], ...changes } = test
  const serve = changes.serve ?? ((all: XdsResources) => all)
  const { served, declared } = compiled(definition)
  const mesh = { definition: 'book.yaml', node: 'book', declared: 'book.yaml' }
  return {
    key,
    record: syntheticScenario({ name: key, mesh, upstreams: {}, ...changes }),
    declared,
    served: serve(served),
    processFaultTargets,
    relayTargets,
    pushes: pushes.map((text) => compiled(text)),
  }
}
