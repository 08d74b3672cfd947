import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { headline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeEach(async () => {
  folder = await scenarioFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

describe('a bad file names the place, what was expected, what was found and a hint', () => {
  test.each<[string, string, string, string]>([
    [
      'misspelt key',
      'duration:',
      'durations:',
      'mesh/a.yaml:11:1 (/durations): expected a known key, found "durations"; did you mean "duration"?',
    ],
    [
      'misspelt key of a kind',
      'ratio: 0.05',
      'ration: 0.05',
      'mesh/a.yaml:17:27 (/faults/0/abort/ration): expected a known key, found "ration"; did you mean "ratio"?',
    ],
    [
      'misspelt check',
      'success:',
      'sucess:',
      'mesh/a.yaml:20:5 (/expect/1/sucess): expected a known key, found "sucess"; did you mean "success"?',
    ],
    [
      'key of another place',
      'p50: 3ms, ',
      'p50: 3ms, wobble: 1, ',
      'mesh/a.yaml:6:58 (/upstreams/user-development/serviceTime/wobble): expected a known key, found "wobble"; known: p50, p99',
    ],
    [
      'value of a kind',
      'status: 503',
      'status: 5033',
      'mesh/a.yaml:17:22 (/faults/0/abort/status): expected at most 599, found 5033',
    ],
    [
      'no unit',
      'duration: 3s',
      'duration: 3',
      'mesh/a.yaml:11:11 (/duration): expected a duration with a unit, such as "500ms" or "3s", found 3; did you mean "3ms" or "3s"?',
    ],
    [
      'wrong unit',
      'duration: 3s',
      'duration: 3sec',
      'mesh/a.yaml:11:11 (/duration): expected a duration with a unit, such as "500ms" or "3s", found "3sec"',
    ],
    ['missing field', 'host: user, ', '', 'mesh/a.yaml:8:14 (/traffic/0/request): expected host: text, found no host'],
    [
      'wrong type',
      'ratePerSecond: 300',
      'ratePerSecond: many',
      'mesh/a.yaml:9:20 (/traffic/0/ratePerSecond): expected a number, found "many"',
    ],
    [
      'not one of several',
      'method: GET',
      'method: GETT',
      'mesh/a.yaml:8:36 (/traffic/0/request/method): expected one of "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", found "GETT"; did you mean "GET"?',
    ],
    [
      'none of the forms',
      'arrivals: poisson',
      'arrivals: [1]',
      'mesh/a.yaml:10:15 (/traffic/0/arrivals): expected one of "poisson", "constant" or a map, found a list of 1',
    ],
    [
      'within one of the forms',
      'arrivals: poisson',
      'arrivals: { ramp: { to: fast } }',
      'mesh/a.yaml:10:29 (/traffic/0/arrivals/ramp/to): expected a number, found "fast"',
    ],
    [
      'no fault kind',
      '    abort: { status: 503, ratio: 0.05 }\n',
      '',
      'mesh/a.yaml:13:5 (/faults/0): expected exactly one fault of abort, kill, push, found none',
    ],
    [
      'two fault kinds',
      '    abort:',
      '    kill: {}\n    abort:',
      'mesh/a.yaml:13:5 (/faults/0): expected exactly one fault of abort, kill, push, found abort and kill',
    ],
    [
      'two configs',
      'definition:',
      'envoy: edge.yaml\n  definition:',
      'mesh/a.yaml:4:3 (/mesh): expected exactly one config of definition, xds, controlPlane, envoy, configDump, found definition and envoy',
    ],
    [
      'window beyond the duration',
      'until: 2500ms',
      'until: 3500ms',
      'mesh/a.yaml:16:12 (/faults/0/until): expected an end within the duration of 3.00 s, found 3.50 s',
    ],
    [
      'empty window',
      'from: 500ms',
      'from: 2500ms',
      'mesh/a.yaml:15:11 (/faults/0/from): expected a begin before the end at 2.50 s, found 2.50 s',
    ],
    [
      'step outside the window',
      'arrivals: poisson',
      'arrivals: { step: { to: 1, at: 3s } }',
      'mesh/a.yaml:10:36 (/traffic/0/arrivals/step/at): expected a step between 0 ms and 3.00 s, found 3.00 s',
    ],
    [
      'unknown target',
      'target: user-development',
      'target: user-developmnt',
      'mesh/a.yaml:14:13 (/faults/0/target): expected a cluster or control-plane, found "user-developmnt"; did you mean "user-development"?',
    ],
    [
      'planned fault at the control plane',
      'target: user-development',
      'target: control-plane',
      'mesh/a.yaml:14:13 (/faults/0/target): expected a cluster, because abort happens to requests, found control-plane; known: user-development, ab-testing',
    ],
    [
      'host that is not there',
      'from: 500ms',
      'from: 500ms\n    host: 3',
      'mesh/a.yaml:16:11 (/faults/0/host): expected one of the 2 hosts of user-development, found host 3; set upstreams.user-development.hosts',
    ],
    [
      'unknown fault of a check',
      'within: 1s',
      'within: 1s, fault: flaky-usr',
      'mesh/a.yaml:22:36 (/expect/3/recovery/fault): expected the name of a fault of this scenario, found "flaky-usr"; did you mean "flaky-user"?',
    ],
    [
      'sample too small',
      'ratePerSecond: 300',
      'ratePerSecond: 100',
      'mesh/a.yaml:20:14 (/expect/1/success): expected a sample that can prove success, found 300 planned requests: it takes 688 requests; raise ratePerSecond or duration, or relax the threshold',
    ],
    [
      'sample too large',
      'duration: 3s',
      'duration: 1h',
      'mesh/a.yaml:8:3 (/traffic): expected at most 1000000 requests a scenario, found 1080000 planned; lower ratePerSecond or duration',
    ],
    [
      'p99 below p50',
      'p99: 20ms',
      'p99: 2ms',
      'mesh/a.yaml:6:63 (/upstreams/user-development/serviceTime/p99): expected a p99 that is not below p50, found "2ms"',
    ],
    [
      'reserved header',
      'path: /',
      'path: /, headers: { X-Shaketable-Id: a }',
      'mesh/a.yaml:8:61 (/traffic/0/request/headers/X-Shaketable-Id): expected a header that is not set by the generator itself (host, content-length, x-shaketable-..., ...), found "X-Shaketable-Id"',
    ],
    [
      'header that is no text',
      'path: /',
      'path: /, headers: { x-a: 1 }',
      'mesh/a.yaml:8:66 (/traffic/0/request/headers/x-a): expected text, found 1; put it in quotes',
    ],
    [
      'missing definition',
      'definition: ../book.yaml',
      'definition: ../bock.yaml',
      'mesh/a.yaml:4:15 (/mesh/definition): expected a file at /bock.yaml, found none; did you mean book.yaml?',
    ],
    ['no list', '  - policy: {}', '  policy: {}', 'mesh/a.yaml:20:3: expected YAML, found a mistake in it:'],
    ['empty value', 'duration: 3s', 'duration:', 'mesh/a.yaml:11:1 (/duration): expected a duration with a unit'],
  ])('%s', async (_title, from, to, message) => {
    const text = headline.replace(from, to)
    expect(text).not.toBe(headline)
    expect(await folder.refusal(text)).toContain(message)
  })

  test('all problems of a file come together, ten at most', async () => {
    const several = headline.replace('duration: 3s', 'duration: 3').replace('method: GET', 'method: FETCH')
    expect((await folder.refusal(several)).split('\n')).toHaveLength(2)
    const many = Array.from({ length: 14 }, (_, index) => `extra${index}: 1\n`).join('')
    const lines = (await folder.refusal(headline + many)).split('\n')
    expect(lines).toHaveLength(11)
    expect(lines.at(-1)).toBe('mesh/a.yaml: and 4 more')
  })

  test('problems of several files come together', async () => {
    await folder.write('mesh/b.yaml', headline.replace('about:', 'abuot:'))
    await folder.refusal('name: [')
    await expect(folder.load()).rejects.toThrow(/a\.yaml:1[\s\S]*b\.yaml:2/)
  })

  test('what clustersOf refuses is reported, once for all scenarios that share it', async () => {
    await using broken = await scenarioFolder(() => Promise.reject(new InputError('book.yaml:1: broken')))
    await broken.write('mesh/a.yaml', headline)
    await broken.write('mesh/b.yaml', headline.replace('name: retries', 'name: b-retries'))
    await expect(broken.load()).rejects.toThrow(/^book\.yaml:1: broken$/)
  })
})
