import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../core/package-root.ts'
import { openTemplate } from './template.ts'

const cluster = { hostKey: 's1-c0-h1', upstreamAddress: '127.0.0.2', upstreamPort: 8080 }

test('parameters keep their types where they stand alone, and are text inside text', () => {
  const filled = openTemplate('fault.cluster.yaml')(cluster)
  expect(filled.name).toBe('s1-c0-h1')
  expect(JSON.stringify(filled)).toContain('{"address":"127.0.0.2","port_value":8080}')
  const listener = openTemplate('egress.listener.yaml')({ scenarioKey: 's1', port: 1, routeConfig: 'r' })
  expect(listener.name).toBe('egress-s1')
})

test('each filling is a copy of its own', () => {
  const fill = openTemplate('fault.cluster.yaml')
  const first = fill(cluster)
  first.name = 'changed'
  expect(fill(cluster).name).toBe('s1-c0-h1')
})

test('a parameter that is not given is a bug of ours', () => {
  expect(() => openTemplate('fault.cluster.yaml')({ hostKey: 'a', upstreamAddress: 'b' })).toThrow(
    'template parameter upstreamPort is not given',
  )
})

test('a value that looks like a placeholder is not filled again', () => {
  const filled = openTemplate('fault.cluster.yaml')({ ...cluster, hostKey: '$' + '{upstreamPort}' })
  expect(filled.name).toBe('$' + '{upstreamPort}')
})

const templates = readdirSync(join(packageRoot(), 'envoy')).filter((name) => name.endsWith('.yaml'))

test.each(templates)('%s is a template with its placeholders', (name) => {
  expect(() => openTemplate(name)({})).toThrow(/^template parameter \w+ is not given$/)
})
