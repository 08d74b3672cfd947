import { expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { syntheticScenario } from '../core/synthetic-history.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import { refuseForeignProblems } from './foreign-problems.ts'

const foreign = { listeners: [{ '@type': 'x', name: 'ingress' }] } as unknown as ForeignConfig

function problems(changes: Partial<MeshScenario>, config?: ForeignConfig): string {
  try {
    refuseForeignProblems(syntheticScenario({ mesh: { envoy: '/e.yaml', node: 'e' }, ...changes }), config)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
}

const trafficTo = (listener: string) => {
  const [first] = syntheticScenario().traffic
  if (first === undefined) throw new Error('the synthetic scenario sends nothing')
  return [{ ...first, request: { ...first.request, listener } }]
}

const fault = (kind: string, target: string) => [{ name: 'f', kind, target, fromMs: 0, untilMs: 1, config: {} }]

test('a listener must be there', () => {
  expect(problems({ traffic: trafficTo('ingress') }, foreign)).toBe('')
  expect(problems({ traffic: trafficTo('ingres') }, foreign)).toMatch(
    /\/traffic\/0\/request\/listener: expected a listener that runs, found "ingres"; did you mean "?ingress"?\?/,
  )
  expect(problems({ mesh: { definition: '/d.yaml', node: 'd' }, traffic: trafficTo('x') })).toMatch(
    /expected none, because the entry is ours/,
  )
})

test('nothing can be pushed to an Envoy whose config stands in one file', () => {
  expect(problems({ faults: fault('push', 'control-plane') }, foreign)).toMatch(
    /\/faults\/0: expected no push, because this config stands in one file/,
  )
  expect(problems({ faults: fault('kill', 'control-plane') }, foreign)).toMatch(
    /expected a cluster, because .*, found control-plane/,
  )
  expect(problems({ mesh: { xds: '/x', node: 'x' }, faults: fault('push', 'control-plane') }, foreign)).toBe('')
})
