// Everything that can be wrong with a definition file: each case comes out as one InputError that says where, what was
// expected and what was found.

import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { InputError } from '../core/errors.ts'
import { parseDefinition } from './definition.ts'

/** Written out, because the tests below put mistakes into it. */
const dependency = {
  name: 'user',
  cluster_name: 'user-development',
  lb: 'user-app:8080',
  tls: false,
  connect_timeout_ms: 250,
  routes: [{ prefix: '/', timeout_ms: 3000 }],
}
const retry = { retry_on: '5xx', num_retries: 3, per_try_timeout_ms: 700 }
const route = (more: object) => ({ routes: [{ prefix: '/', timeout_ms: 3000, ...more }] })
const outlier = (more: object) => ({ outlier_detection: more })

function refusal(text: string, format: 'yaml' | 'json' | 'jsonnet' = 'yaml'): string {
  try {
    parseDefinition(text, 'book.yaml', format)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message
  }
  throw new Error('this text was accepted')
}

const without = (key: keyof typeof dependency) => ({ ...dependency, [key]: undefined })
const of = (...dependencies: object[]) => stringify({ version: 1, dependencies })

describe('what the schema refuses', () => {
  const cases: readonly (readonly [string, object, string])[] = [
    ['no name', without('name'), '/name): expected a name'],
    ['no cluster_name', without('cluster_name'), '/cluster_name): expected a name without spaces'],
    ['neither lb nor sds', without('lb'), '0): expected lb, or sds: true, found neither'],
    ['sds false and no lb', { ...without('lb'), sds: false }, '0): expected lb, or sds: true, found neither'],
    ['no tls', without('tls'), '/tls): expected true or false, found nothing'],
    ['no connect timeout', without('connect_timeout_ms'), '/connect_timeout_ms): expected a whole number from 1'],
    ['no routes', without('routes'), '/routes): expected a list of routes, found nothing'],
    ['no route', { ...dependency, routes: [] }, '/routes): expected a list of at least one route, found an empty list'],
    ['lb without port', { ...dependency, lb: 'user-app' }, '/lb): expected host:port'],
    ['IPv6 without brackets', { ...dependency, lb: '::1:80' }, '/lb): expected host:port'],
    ['tls as text', { ...dependency, tls: 'yes' }, '/tls): expected true or false, found "yes"'],
    ['null', { ...dependency, host_header: null }, '/host_header): expected a host name without spaces'],
    ['connect timeout 0', { ...dependency, connect_timeout_ms: 0 }, 'expected a whole number from 1 to'],
    ['fraction', { ...dependency, connect_timeout_ms: 1.5 }, '(milliseconds), found 1.5'],
    ['duration as text', { ...dependency, connect_timeout_ms: '250ms' }, 'found "250ms"'],
    ['too long a duration', { ...dependency, connect_timeout_ms: 9_223_372_036_000 }, 'to 9223372035999'],
    ['infinite', { ...dependency, connect_timeout_ms: Number.POSITIVE_INFINITY }, 'found Infinity'],
    ['star in a name', { ...dependency, name: '*.user' }, '/name): expected a name without spaces, control characters'],
    ['space in a name', { ...dependency, name: 'a b' }, '/name): expected'],
    ['line break in a header', { ...dependency, host_header: 'a\r\nb: c' }, '/host_header): expected'],
    [
      'one breaker',
      { ...dependency, circuit_breaker: { max_retries: 3 } },
      '/circuit_breaker/max_connections): expected',
    ],
    [
      'misspelt key',
      { ...dependency, conect_timeout_ms: 1 },
      'found "conect_timeout_ms"; did you mean "connect_timeout_ms"?',
    ],
    ['unknown key', { ...dependency, zzz: 1 }, 'expected a known key (name, cluster_name, lb, sds,'],
    ['fault filter', { ...dependency, fault_filter_config: {} }, '/fault_filter_config): expected a known key'],
    ['prototype', JSON.parse('{"__proto__": 1}'), '/__proto__): expected a known key'],
    ['misspelt breaker', { ...dependency, circuit_breaker: { max_conections: 3 } }, 'did you mean "max_connections"?'],
    ['misspelt outlier', { ...dependency, ...outlier({ consecutive5xx: 3 }) }, 'did you mean "consecutive_5xx"?'],
    ['percent', { ...dependency, ...outlier({ max_ejection_percent: 101 }) }, 'from 0 to 100 (percent), found 101'],
    ['interval 0', { ...dependency, ...outlier({ interval_ms: 0 }) }, 'expected a whole number from 1 to'],
    ['negative', { ...dependency, ...outlier({ consecutive_5xx: -1 }) }, 'from 0 to 4294967295, found -1'],
    [
      'too large',
      { ...dependency, ...outlier({ consecutive_5xx: 2 ** 32 }) },
      'from 0 to 4294967295, found 4294967296',
    ],
    [
      'prefix and path',
      { ...dependency, ...route({ path: '/a' }) },
      '/routes/0): expected either prefix or path, found both',
    ],
    [
      'neither',
      { ...dependency, routes: [{ timeout_ms: 1 }] },
      '/routes/0): expected either prefix or path, found neither',
    ],
    [
      'prefix without slash',
      { ...dependency, ...route({ prefix: 'a' }) },
      '/prefix): expected text that begins with "/"',
    ],
    ['query in a path', { ...dependency, ...route({ prefix: '/a?b' }) }, '(queries are not matched), found "/a?b"'],
    ['no timeout', { ...dependency, routes: [{ prefix: '/' }] }, '/routes/0/timeout_ms): expected'],
    ['method', { ...dependency, ...route({ method: 'PATCH' }) }, 'one of GET, HEAD, POST, PUT, DELETE, found "PATCH"'],
    ['method in small letters', { ...dependency, ...route({ method: 'post' }) }, 'found "post"; did you mean "POST"?'],
    [
      'half a retry_policy',
      { ...dependency, ...route({ retry_policy: { retry_on: '5xx' } }) },
      '/retry_policy/num_retries): expected',
    ],
    [
      'empty retry_on',
      { ...dependency, ...route({ retry_policy: { ...retry, retry_on: '' } }) },
      'expected a known retry condition',
    ],
    [
      'misspelt retry_on',
      { ...dependency, ...route({ retry_policy: { ...retry, retry_on: '5xx,conect-failure' } }) },
      'found "conect-failure"; did you mean "connect-failure"?',
    ],
    [
      'retry_on as a list',
      { ...dependency, ...route({ retry_policy: { ...retry, retry_on: ['5xx'] } }) },
      'found a list of 1',
    ],
    [
      'backoff key',
      { ...dependency, ...route({ retry_policy: { ...retry, back_off: 1 } }) },
      '/back_off): expected a known key (retry_on,',
    ],
  ]
  test.each(cases)('%s', (_name, mistaken, expected) => {
    const message = refusal(of(mistaken))
    expect(message).toContain(expected)
    expect(message).toMatch(/book\.yaml:\d+:\d+ \(\/dependencies\/0/)
    // The same file as JSON has lines too; what came out of jsonnet has the pointer only.
    const json = JSON.stringify({ version: 1, dependencies: [mistaken] }, null, 1)
    if (!json.includes('null')) expect(refusal(json, 'json')).toContain(expected)
    if (!json.includes('null')) expect(refusal(json, 'jsonnet')).toMatch(/book\.yaml \(\/dependencies\/0/)
  })

  test('duplicates that Envoy would refuse', () => {
    expect(refusal(of(dependency, { ...dependency, name: 'USER', cluster_name: 'b' }))).toBe(
      'book.yaml:11:11 (/dependencies/1/name): expected a name that no other dependency has (dependency 0 has it, counted from 0), found "USER"',
    )
    expect(refusal(of(dependency, { ...dependency, name: 'b' }))).toContain('/dependencies/1/cluster_name): expected')
  })

  test('half a surrogate pair', () => {
    expect(refusal('{"version": 1, "dependencies": [{"name": "\\ud800"}]}', 'json')).toContain('/dependencies/0/name')
  })

  test('version', () => {
    for (const version of ['2', '"1"', 'true', ''])
      expect(refusal(`version: ${version}\ndependencies: []`)).toMatch(
        /^book\.yaml:1:\d+ \(\/version\): expected the number 1/,
      )
  })

  test('all problems come at once, at most ten are listed', () => {
    const message = refusal(
      of(...Array.from({ length: 12 }, (_, index) => ({ name: `a${index}`, cluster_name: `b${index}` }))),
    )
    const lines = message.split('\n')
    expect(lines[0]).toBe('book.yaml has 48 problems:')
    expect(lines).toHaveLength(12)
    expect(lines[11]).toBe('  and 38 more')
  })
})

describe('what is accepted', () => {
  test.each([
    ['no dependencies', of()],
    [
      'large per-try timeout',
      of({ ...dependency, ...route({ retry_policy: { ...retry, per_try_timeout_ms: 5_000_000 } }) }),
    ],
    ['IPv6', of({ ...dependency, lb: '[::1]:80' })],
    ['sds and lb', of({ ...dependency, sds: true })],
    [
      'zeros',
      of({
        ...dependency,
        ...route({ timeout_ms: 0, retry_policy: { ...retry, num_retries: 0, per_try_timeout_ms: 0 } }),
      }),
    ],
    ['byte order mark', `\uFEFF${of(dependency)}`],
    ['explicit document', `---\n${of(dependency)}...\n`],
    [
      'tab and CRLF JSON',
      JSON.stringify({ version: 1, dependencies: [dependency] }, null, '\t').replaceAll('\n', '\r\n'),
    ],
  ])('%s', (_name, text) => {
    expect(parseDefinition(text, 'x.yaml', 'yaml').definition.version).toBe(1)
  })
})

describe('what is no definition at all', () => {
  test.each([
    ['empty', '', 'found an empty file'],
    ['only comments', '# nothing\n', 'expected a mapping with version and dependencies, found null'],
    ['a list', '[1, 2]', 'expected a mapping with version and dependencies, found a list of 2'],
    ['several documents', 'version: 1\n---\nversion: 1', 'book.yaml:2:1: expected one YAML document, found several'],
    [
      'key twice',
      'version: 1\ndependencies: []\nversion: 1',
      'book.yaml:3:1: expected each key once, found "version" again',
    ],
    ['unknown tag', 'version: !secret 1', 'book.yaml:1:10: expected valid YAML, found a mistake: Unresolved tag'],
    [
      'unknown alias',
      'version: *one',
      'book.yaml:1:10: expected an anchor before its alias, found only the alias "one"',
    ],
    ['bad indentation', 'version: 1\n dependencies: []', 'book.yaml:1:10: expected valid YAML'],
  ])('%s', (_name, text, expected) => {
    expect(refusal(text)).toContain(expected)
  })

  test.each([
    ['trailing comma', '{"version": 1,}', 'book.yaml:1:15: expected JSON, found a mistake'],
    ['YAML', 'version: 1\ndependencies: []', 'expected JSON, found a mistake'],
    ['key twice', '{"version": 1, "version": 1}', 'book.yaml:1:16: expected each key once'],
    ['merge key', '{"<<": {"version": 1}, "dependencies": []}', 'found "<<"'],
  ])('JSON with %s', (_name, text, expected) => {
    expect(refusal(text, 'json')).toContain(expected)
  })

  test('alias bombs', () => {
    const nested = Array.from(
      { length: 30 },
      (_, level) =>
        `a${level}: &a${level} [${Array(10)
          .fill(level === 0 ? 'x' : `*a${level - 1}`)
          .join()}]`,
    )
    expect(refusal(nested.join('\n'))).toContain('expected aliases that expand to at most')
    expect(refusal('a: &a [*a]')).toContain('book.yaml')
    expect(refusal('a: &a {<<: *a}')).toContain('book.yaml')
  })

  test('endless nesting and endless mistakes', () => {
    for (const text of ['['.repeat(10_000), '- '.repeat(10_000), '{"a":'.repeat(10_000)])
      expect(refusal(text)).toMatch(/^book\.yaml:1:\d+: expected a few levels of nesting, found too many$/)
    expect(refusal('"'.repeat(10_000)).split('\n')).toHaveLength(12)
    expect(refusal('k:\n'.repeat(20_000)).split('\n')).toHaveLength(12)
    expect(refusal(Array.from({ length: 20_000 }, (_, index) => `k${index}:`).join('\n')).split('\n')).toHaveLength(12)
  })
})
