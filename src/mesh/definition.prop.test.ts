// What holds for every valid definition: it compiles, always to the same, however it is written down; and the compiled
// routes choose what the declared policy says, which was read by other code.

import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { clusterTypeUrl, compileDefinition, discoveryResponse, type Json, type XdsResources } from './compile.ts'
import { declaredPolicy } from './declared-policy.ts'
import { definitionArbitrary } from './definition.arbitrary.ts'
import { type Definition, parseDefinition } from './definition.ts'
import { type DeclaredRoute, matchRoute } from './policy.ts'

// Hundreds of runs on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

const load = (definition: Definition) => parseDefinition(JSON.stringify(definition), 'random.json', 'json')

test('every valid definition passes the schema and compiles, always to the same', () => {
  fc.assert(
    fc.property(definitionArbitrary(), (definition) => {
      const loaded = load(definition)
      expect(loaded.definition).toEqual(definition)
      const compiled = compileDefinition(loaded.definition, 'node')
      expect(compileDefinition(structuredClone(definition), 'node')).toEqual(compiled)
      expect(compiled.clusters).toHaveLength(definition.dependencies.length)
      expect(declaredPolicy(loaded, 'node').clusters).toHaveLength(definition.dependencies.length)
    }),
    { numRuns: 200 },
  )
})

test('YAML or JSON and the order of keys make no difference, down to the version', () => {
  fc.assert(
    fc.property(definitionArbitrary(), fc.infiniteStream(fc.nat()), (definition, chance) => {
      const shuffled = shuffleKeys(definition, () => chance.next().value ?? 0)
      const fromYaml = parseDefinition(stringify(shuffled), 'random.yaml', 'yaml')
      const fromJsonnet = parseDefinition(JSON.stringify(shuffled), 'random.jsonnet', 'jsonnet')
      const version = (compiled: XdsResources) => discoveryResponse(clusterTypeUrl, compiled.clusters).version_info
      const straight = compileDefinition(load(definition).definition, 'node')
      for (const loaded of [fromYaml, fromJsonnet]) {
        const compiled = compileDefinition(loaded.definition, 'node')
        expect(compiled).toEqual(straight)
        expect(version(compiled)).toBe(version(straight))
      }
    }),
    { numRuns: 100 },
  )
})

const probes = () => fc.array(probeArbitrary(), { minLength: 20, maxLength: 20 })

test('compiled routes choose what the declared policy says', () => {
  fc.assert(
    fc.property(definitionArbitrary(), probes(), (definition, probes) => {
      const loaded = load(definition)
      const declared = declaredPolicy(loaded, 'node')
      const { routes } = compileDefinition(loaded.definition, 'node')
      for (const probe of probes) {
        const { host, method, path } = aim(definition, probe)
        const compiled = chooseCompiled(routes[0], host, method, path)
        const promised = matchRoute(declared, { host, method, path })
        expect(compiled === undefined ? undefined : readAction(compiled)).toEqual(readDeclared(promised))
      }
    }),
    { numRuns: 200 },
  )
})

test('most probes meet a route: were they to miss, the comparison would prove little', () => {
  // The seed is fixed, so this either always holds or never.
  const drawn = fc.sample(fc.tuple(definitionArbitrary(), probes()), { seed: 1, numRuns: 200 })
  const matched = drawn.map(([definition, probes]) => {
    const declared = declaredPolicy(load(definition), 'node')
    return probes.filter((probe) => matchRoute(declared, aim(definition, probe)) !== undefined).length
  })
  expect(matched.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1000)
})

interface Probe {
  readonly dependency: number
  readonly route: number
  readonly method: string
  readonly suffix: string
}

function probeArbitrary(): fc.Arbitrary<Probe> {
  return fc.record({
    dependency: fc.nat(9),
    route: fc.nat(5),
    method: fc.constantFrom(
      'declared',
      'declared',
      'declared',
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'DELETE',
      'PATCH',
      'GETX',
    ),
    suffix: fc.constantFrom('', '', '?', '?a=/b', '#x', '/', 'a', 'b', '/a?b'),
  })
}

/** Aims a probe at a declared route, near it, or at a host that is not there. */
function aim(definition: Definition, probe: Probe): { host: string; method: string; path: string } {
  // One in ten goes to a host that nobody declared.
  const dependency =
    probe.dependency === 9 ? undefined : definition.dependencies[probe.dependency % definition.dependencies.length]
  const route = dependency?.routes[probe.route % dependency.routes.length]
  const host = dependency?.name ?? 'nobody'
  return {
    host: probe.route % 2 === 0 ? host.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : host,
    method: probe.method === 'declared' ? (route?.method ?? 'GET') : probe.method,
    path: `${route?.prefix ?? route?.path ?? '/'}${probe.suffix}`,
  }
}

type Mapping = Readonly<Record<string, Json>>
const mapping = (value: Json | undefined): Mapping => (value ?? {}) as Mapping
const list = (value: Json | undefined): readonly Mapping[] => (value ?? []) as readonly Mapping[]

/** Envoy's router for the part of RouteMatch that we write, after its documentation. */
function chooseCompiled(config: Mapping | undefined, host: string, method: string, path: string): Mapping | undefined {
  // Envoy answers 400 before it looks for a route.
  if (path.includes('#')) return undefined
  const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const hosts = list(config?.virtual_hosts)
  const has = (wanted: string) => hosts.find(({ domains }) => lower(String((domains as Json[])[0])) === wanted)
  return list((has(lower(host)) ?? has('*'))?.routes).find((route) => {
    const { path: exact, prefix, headers } = mapping(route.match)
    const [bare = ''] = path.split(/[?#]/)
    const pathMatches = exact === undefined ? bare.startsWith(String(prefix)) : bare === exact
    return pathMatches && list(headers).every((header) => methodMatches(header, method))
  })
}

function methodMatches(header: Mapping, method: string): boolean {
  expect(header.name).toBe(':method')
  const { exact, safe_regex } = mapping(header.string_match)
  return exact === undefined ? new RegExp(`^(?:${mapping(safe_regex).regex})$`).test(method) : exact === method
}

function readAction(route: Mapping): unknown {
  const { cluster, timeout, retry_policy, host_rewrite_literal, auto_host_rewrite } = mapping(route.route)
  const retry = retry_policy === undefined ? undefined : mapping(retry_policy)
  return {
    cluster,
    timeoutMs: milliseconds(timeout),
    retry: retry && {
      on: String(retry.retry_on).split(/, ?/),
      retries: retry.num_retries,
      perTryTimeoutMs: milliseconds(retry.per_try_timeout) || undefined,
    },
    hostRewrite: auto_host_rewrite === true ? { kind: 'auto' } : { kind: 'literal', value: host_rewrite_literal },
  }
}

function readDeclared(route: DeclaredRoute | undefined): unknown {
  if (route === undefined) return undefined
  const { cluster, timeoutMs, retry, hostRewrite } = route
  return {
    cluster,
    timeoutMs,
    retry: retry && { on: retry.on, retries: retry.retries, perTryTimeoutMs: retry.perTryTimeoutMs },
    hostRewrite,
  }
}

function milliseconds(duration: Json | undefined): number {
  const [, seconds, thousandths] = /^(\d+)(?:\.(\d{3}))?s$/.exec(String(duration)) ?? []
  return Number(seconds) * 1000 + Number(thousandths ?? 0)
}

function shuffleKeys(value: unknown, chance: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffleKeys(item, chance))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => ({
    key,
    member: shuffleKeys(member, chance),
    at: chance(),
  }))
  return Object.fromEntries(entries.sort((left, right) => left.at - right.at).map(({ key, member }) => [key, member]))
}
