// Foreign configs on the real Envoy, all in one run: every fixture is read, rewritten and passes a small scenario; every
// mistake that is seeded into a listener or a cluster is found; what cannot run is refused with the very line, and what was
// changed is in config.patch.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registry } from '../cli/registry.ts'
import { type ShakeOutcome, shake } from '../cli/shake.ts'
import type { ServedPieces } from '../cli/shake-meshes.ts'
import { expectOneError, playground } from '../cli/test-rig.ts'
import type { RequestLogged } from '../core/history.ts'
import { fixture } from '../mesh/foreign/test-foreign.ts'
import { judgeHistory } from '../run/judge.ts'

type Loose = Record<string, unknown>

const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-foreign-live-'))
const ratePerSecond = 15
const to = (host: string, path: string, more: Loose = {}): Loose => {
  const { protocol, ...request } = more
  const common = { ratePerSecond, arrivals: 'constant' }
  return { ...common, request: { host, path, ...request }, ...(protocol === undefined ? {} : { protocol }) }
}

interface Case {
  readonly file: string
  readonly traffic: readonly Loose[]
  readonly answers: Loose
  readonly more?: Loose
  /** For configs of others that Envoy itself warns of. */
  readonly warns?: true
}

const sound: Readonly<Record<string, Case>> = {
  'front-proxy': {
    file: 'front-proxy.yaml',
    traffic: [to('shop', '/service/cart/1'), to('shop', '/service/catalog/1')],
    answers: { 200: '== 30' },
  },
  canary: {
    file: 'canary.yaml',
    traffic: [to('web.example', '/'), to('web.example', '/', { headers: { 'x-canary': 'always' } })],
    answers: { 200: '== 30' },
  },
  shadow: { file: 'shadow.yaml', traffic: [to('api', '/search/x'), to('api', '/')], answers: { 200: '== 30' } },
  'edge-tls': {
    file: 'edge-tls.yaml',
    traffic: [
      to('shop.example', '/x', { listener: 'http' }),
      to('shop.example', '/catalog', { listener: 'https' }),
      to('shop.example', '/old-catalog', { listener: 'https' }),
      to('shop.example', '/teapot', { listener: 'https' }),
      to('admin.shop.example', '/', { listener: 'https/2' }),
    ],
    answers: { 200: '== 30', 301: '== 15', 302: '== 15', 418: '== 15' },
  },
  'regex-rewrites': {
    file: 'regex-rewrites.yaml',
    traffic: [
      to('a.users.example', '/users/12/photos/x.jpg'),
      to('a.users.example', '/users/12?version=2'),
      to('a.users.example', '/users/12'),
      to('elsewhere', '/STATUS'),
      to('elsewhere', '/nothing'),
    ],
    answers: { 200: '== 60', 404: '== 15' },
  },
  'side-car': {
    file: 'side-car.yaml',
    traffic: [
      to('me', '/', { listener: 'ingress' }),
      to('stock', '/items', { listener: 'egress' }),
      to('mail', '/send', { listener: 'egress' }),
    ],
    answers: { 200: '== 45' },
  },
  'grpc-bridge': {
    file: 'grpc-bridge.yaml',
    traffic: [to('kv', '/get'), to('kv', '/get', { protocol: 'HTTP/2' })],
    answers: { 200: '== 30' },
    more: { upstreams: { kv: { hosts: 3 } } },
  },
  recorded: {
    file: 'recorded.config_dump.json',
    traffic: [to('shop.example', '/cart/1'), to('shop.example', '/')],
    answers: { 200: '== 30' },
    more: { upstreams: { cart: { hosts: 2 } } },
  },
  istio: {
    file: 'istio-sidecar.config_dump.json',
    traffic: [
      to('reviews:9080', '/'),
      to('reviews', '/', { headers: { 'end-user': 'jason' } }),
      to('details.default', '/'),
      to('unknown.host', '/'),
    ],
    answers: { 200: '== 45', 404: '== 15' },
    warns: true,
  },
  stubbed: {
    file: 'needs-others.yaml',
    traffic: [to('x', '/public/1'), to('x', '/')],
    answers: { 200: '== 30' },
  },
}

/** What is served in place of what is declared: a text in it replaced by another. No timed rule is needed to see it. */
interface Mistake {
  readonly of: string
  readonly replace: readonly [from: string, by: string]
  readonly more?: Loose
}

const failsOnce = (target: string): Loose => ({ faults: [{ name: 'once', target, plan: { attempts: [503] } }] })
const mistakes: Readonly<Record<string, Mistake>> = {
  'route-to-another-cluster': { of: 'front-proxy', replace: ['"cluster":"cart"', '"cluster":"catalog"'] },
  'retries-lost': {
    of: 'front-proxy',
    replace: ['"num_retries":2', '"num_retries":0'],
    more: failsOnce('catalog'),
  },
  'rewrite-lost': { of: 'regex-rewrites', replace: ['"prefix_rewrite":"/v1/users/",', ''] },
  'redirect-elsewhere': { of: 'edge-tls', replace: ['"response_code":"FOUND"', '"response_code":"SEE_OTHER"'] },
  'answers-no-more': { of: 'edge-tls', replace: ['"status":418', '"status":200'] },
  'directions-mixed': { of: 'side-car', replace: ['"cluster":"mail"', '"cluster":"app"'] },
  'http2-lost': { of: 'side-car', replace: ['"http2_protocol_options"', '"http_protocol_options"'] },
  'canary-header-ignored': { of: 'canary', replace: ['"exact":"always"', '"exact":"never"'] },
}

function writeScenario(name: string, { file, traffic, answers, more = {}, warns }: Case, expectAnswers: boolean): void {
  const sort = file.endsWith('.json') ? 'configDump' : 'envoy'
  const stubs = { 'envoy.filters.http.ext_authz': 'allow' }
  writeFileSync(
    join(folder, `${name}.yaml`),
    JSON.stringify({
      name,
      about: `foreign: ${file}`,
      mesh: { [sort]: fixture(file), ...(file === 'needs-others.yaml' ? { stubs } : {}) },
      traffic,
      duration: '1s',
      expect: [
        { policy: {} },
        ...(expectAnswers ? [{ answers: { status: answers } }] : []),
        ...(warns ? [] : [{ 'no-surprise-logs': {} }]),
      ],
      ...more,
    }),
  )
}

function mutateServed(scenario: string, served: ServedPieces): ServedPieces {
  const mistake = mistakes[scenario]
  if (mistake === undefined) return served
  const text = JSON.stringify(served)
  if (!text.includes(mistake.replace[0])) throw new Error(`${scenario}: nothing to replace in ${text}`)
  return JSON.parse(text.replace(...mistake.replace)) as ServedPieces
}

let outcome: ShakeOutcome
const history = () => join(outcome.runFolder, 'history.ndjson')
const verdicts = new Map<string, { readonly [check: string]: { verdict: string; rules: readonly string[] } }>()
const logged: RequestLogged[] = []
const patches = new Map<string, readonly string[]>()

beforeAll(async () => {
  for (const [name, one] of Object.entries(sound)) writeScenario(name, one, true)
  for (const [name, { of, more }] of Object.entries(mistakes)) {
    const base = sound[of]
    if (base === undefined) throw new Error(`no such case: ${of}`)
    writeScenario(name, { ...base, more: { ...base.more, ...more } }, false)
  }
  outcome = await shake([folder], 'foreign', { dir: join(folder, 'reports'), mutateServed })
  const { scenarios, problems } = await judgeHistory(history(), registry.checks, {
    observe: (event) => {
      if (event.kind === 'request-logged') logged.push(event)
      if (event.kind === 'scenario-started') patches.set(event.scenario, event.configChanges ?? [])
    },
  })
  expect(problems).toEqual([])
  for (const { scenario, expectations } of scenarios) {
    verdicts.set(
      scenario.name,
      Object.fromEntries(
        expectations.map(({ check, verdict, findings }) => [
          check,
          { verdict, rules: findings.map(({ rule }) => rule) },
        ]),
      ),
    )
  }
}, 240_000)

afterAll(() => (process.env.KEEP ? console.log(folder) : rmSync(folder, { recursive: true, force: true })))

describe('every fixture runs', () => {
  test.each(Object.keys(sound))('%s', (name) => {
    const found = verdicts.get(name) ?? {}
    // On a machine that is too slow for timed rules, policy is inconclusive; it never finds anything.
    expect(found.policy?.rules).toEqual([])
    expect(found.policy?.verdict).not.toBe('fail')
    expect([found.answers?.verdict, found['no-surprise-logs']?.verdict ?? 'pass']).toEqual(['pass', 'pass'])
  })
})

test.each(Object.keys(mistakes))('a mistake is found: %s', (name) => {
  expect(verdicts.get(name)?.policy?.verdict).toBe('fail')
})

test('requests are told apart by the listener that they came in by, where there are several', () => {
  const of = (scenario: string) => logged.filter((one) => one.scenario === scenario).map(({ listener }) => listener)
  expect(new Set(of('edge-tls'))).toEqual(new Set(['http', 'https', 'https/2']))
  expect(of('edge-tls').filter((one) => one === 'https/2')).toHaveLength(ratePerSecond)
  expect(new Set(of('front-proxy'))).toEqual(new Set([undefined]))
})

test('what was changed is told, in the words of the golden patch', () => {
  const withoutPorts = (text: string) => text.replace(/(127\.0\.0\.\d+):\d+/g, '$1:PORT')
  const golden = readFileSync(fixture('needs-others.golden.patch'), 'utf8')
  expect(withoutPorts(`${(patches.get('stubbed') ?? []).join('\n')}\n`)).toBe(withoutPorts(golden))
})

describe('what cannot run is refused before anything starts', () => {
  const where = playground()
  afterAll(() => where[Symbol.dispose]())
  const run = async (name: string, mesh: Loose) => {
    const traffic = [to('x', '/')]
    const scenario = { name, about: 'refused', mesh, traffic, duration: '1s', expect: [{ policy: {} }] }
    return where.shaketable(['run', where.write(`${name}/a.yaml`, scenario)])
  }

  test('a filter that needs a service, by name and line', async () => {
    const end = await run('authz', { envoy: fixture('needs-others.yaml') })
    expectOneError(
      end,
      3,
      /needs-others\.yaml:40: filter envoy\.filters\.http\.ext_authz of listener edge: it needs an authorization service; stub it/,
    )
  })

  test('what Envoy itself refuses, in its own words and with the line', async () => {
    const text = readFileSync(fixture('front-proxy.yaml'), 'utf8')
    const file = where.write('typo/envoy.yaml', text.replace('num_retries: 2', 'num_retires: 2'))
    const line = text.split('\n').findIndex((one) => one.includes('num_retries')) + 1
    const end = await run('typo', { envoy: file })
    const noise = end.stderr.split('\n').filter((one) => !one.startsWith('seed '))
    expectOneError(
      { ...end, stderr: noise.join('\n') },
      3,
      new RegExp(`envoy\\.yaml:${line}: expected a config that Envoy takes.*\\n.*no such field: 'num_retires'`),
    )
  })
})
