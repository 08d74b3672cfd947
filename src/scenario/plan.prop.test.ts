import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FaultRecord, MeshScenario } from '../core/scenario-record.ts'
import { maxPlannedAttempts, planHeaders } from './headers.ts'
import { type Arrivals, planRequests } from './plan.ts'
import { sampleRecord, sampleRegistry, sampleTraffic } from './registry.sample.ts'

const clusters = ['alpha', 'beta']
const host = fc.constantFrom('alpha', 'beta')
const clustersOf = ({ host }: { readonly host: string }) => [host]

const fault = (index: number): fc.Arbitrary<FaultRecord> =>
  fc
    .record({
      target: host,
      fromMs: fc.nat(900),
      lengthMs: fc.integer({ min: 1, max: 500 }),
      ratio: fc.double({ min: 0, max: 1, noNaN: true }),
      host: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    })
    .map(({ target, fromMs, lengthMs, ratio, host }) => ({
      name: `fault-${index}`,
      kind: 'abort',
      target,
      ...(host === undefined ? {} : { host }),
      fromMs,
      untilMs: fromMs + lengthMs,
      config: { status: 503, ratio },
    }))

const record: fc.Arbitrary<MeshScenario> = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
    hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
    faults: fc.tuple(fault(0), fault(1), fault(2)),
  })
  .map(({ name, hosts, faults }) => ({
    ...sampleRecord,
    name,
    traffic: hosts.map((one) => ({ ...sampleTraffic, request: { ...sampleTraffic.request, host: one } })),
    faults,
  }))

const arrivals: Arrivals = (_traffic, index) => Array.from({ length: 40 }, (_, n) => n * 37 + index)
const planOf = (one: MeshScenario, seed: string) => planRequests(one, seed, arrivals, sampleRegistry, clustersOf)

test('twin runs: another definition changes neither ids nor times nor planned faults', () => {
  fc.assert(
    fc.property(record, fc.string(), (one, seed) => {
      const twin = { ...one, mesh: { definition: '/other.yaml', node: 'other', declared: '/other.yaml' }, file: 'b' }
      expect(planOf(twin, seed)).toEqual(planOf(one, seed))
    }),
    { numRuns: 50 },
  )
})

test('ids are unique across scenarios and safe in URLs and headers', () => {
  const named = fc.uniqueArray(record, { selector: ({ name }) => name, minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(named, (records) => {
      const ids = records.flatMap((one) => planOf(one, 's').map(({ id }) => id))
      expect(new Set(ids).size).toBe(ids.length)
      for (const id of ids) expect(id).toMatch(/^[0-9a-z]+-\d+-\d+$/)
    }),
    { numRuns: 50 },
  )
})

test('plans stay within windows, targets, attempts and declared hosts, and times ascend', () => {
  fc.assert(
    fc.property(record, fc.string(), (one, seed) => {
      let lastMs = 0
      for (const request of planOf(one, seed)) {
        expect(request.atMs).toBeGreaterThanOrEqual(lastMs)
        lastMs = request.atMs
        for (const planned of request.plan) {
          const fault = one.faults.find(({ name }) => name === planned.fault)
          expect(fault?.target).toBe(request.host)
          expect(planned).toMatchObject({ target: fault?.target, status: 503 })
          expect(planned.host).toBe(fault?.host)
          expect(request.atMs).toBeGreaterThanOrEqual(fault?.fromMs ?? Number.NaN)
          expect(request.atMs).toBeLessThan(fault?.untilMs ?? Number.NaN)
          expect(planned.attempt).toBeGreaterThanOrEqual(1)
          expect(planned.attempt).toBeLessThanOrEqual(maxPlannedAttempts)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('one fault decides as before whatever other faults the scenario has', () => {
  fc.assert(
    fc.property(record, fc.string(), (one, seed) => {
      const alone = { ...one, faults: one.faults.slice(0, 1) }
      const own = planOf(one, seed).map(({ plan }) => plan.filter(({ fault }) => fault === 'fault-0'))
      expect(own).toEqual(planOf(alone, seed).map(({ plan }) => plan))
    }),
    { numRuns: 50 },
  )
})

test('a ratio is hit: 20,000 decisions stay within five standard deviations', () => {
  const ratio = 0.05
  const config = { status: 503, ratio }
  const faults = [{ name: 'flaky', kind: 'abort', target: 'alpha', fromMs: 0, untilMs: 1e6, config }]
  const traffic = [{ ...sampleTraffic, request: { ...sampleTraffic.request, host: 'alpha' } }]
  const many: Arrivals = () => Array.from({ length: 20_000 }, (_, n) => n)
  const requests = planRequests({ ...sampleRecord, traffic, faults }, 'fixed', many, sampleRegistry, clustersOf, 2)
  const expectedHits = 20_000 * ratio
  const spread = 5 * Math.sqrt(expectedHits * (1 - ratio))
  for (const attempt of [1, 2]) {
    const hits = requests.filter(({ plan }) => plan.some((planned) => planned.attempt === attempt)).length
    expect(Math.abs(hits - expectedHits)).toBeLessThan(spread)
  }
})

test('headers: every planned fault is carried, and nothing else', () => {
  fc.assert(
    fc.property(record, fc.string(), (one, seed) => {
      for (const { plan } of planOf(one, seed)) {
        const headers = planHeaders(plan, clusters)
        const wanted = plan.map(({ target, host, attempt }) => {
          const scope = `${clusters.indexOf(target)}${host === undefined ? '' : `h${host}`}`
          return `x-shaketable-${scope}-a${attempt}-abort`
        })
        expect(Object.keys(headers).toSorted()).toEqual([...new Set(wanted)].toSorted())
      }
    }),
    { numRuns: 50 },
  )
})
