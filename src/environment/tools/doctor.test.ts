import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import {
  coresItem,
  type DoctorItem,
  examineMachine,
  nodeItem,
  openFilesItem,
  pythonItem,
  spaceItem,
  tickItem,
  tickMs,
  worstHealth,
} from './doctor.ts'
import { judgeLocalstack } from './doctor-localstack.ts'

afterEach(() => vi.unstubAllEnvs())

test.for([
  [nodeItem('24.1.0'), 'ok'],
  [nodeItem('22.9.0'), 'bad'],
  [pythonItem({ python: '3.11.2', pip: '23.0' }, false), 'ok'],
  [pythonItem({ python: '3.11.2' }, false), 'bad'],
  [pythonItem({ python: '3.11.2' }, true), 'warn'],
  [pythonItem({}, false), 'bad'],
  [judgeLocalstack({ installed: { folder: '/cache' } }), 'ok'],
  [judgeLocalstack({ python: { path: '/usr/bin/python3.11', version: '3.11' }, freeBytes: 5e9 }), 'warn'],
  [judgeLocalstack({ python: { path: '/usr/bin/python3.11', version: '3.11' }, freeBytes: 1e8 }), 'bad'],
  [judgeLocalstack({ python: { message: 'found python3 is 3.10\n  hint: apt-get install python3.11' } }), 'bad'],
  [coresItem(2, 0.5), 'ok'],
  [coresItem(1, 0), 'warn'],
  [coresItem(2, 5), 'warn'],
  [tickItem(4), 'ok'],
  [tickItem(10), 'warn'],
  [openFilesItem(256), 'bad'],
  [openFilesItem(1024), 'warn'],
  [openFilesItem(Number.POSITIVE_INFINITY), 'ok'],
  [spaceItem('/tmp', 5e9), 'ok'],
  [spaceItem('/tmp', 5e8), 'warn'],
  [spaceItem('/tmp', 1e6), 'bad'],
  [spaceItem('/tmp', undefined), 'bad'],
] as const)('%o is %s', ([item, health]: readonly [DoctorItem, string]) => {
  expect(item.health).toBe(health)
  // Whatever is not in order says what to do.
  expect(item.remedy === undefined).toBe(health === 'ok')
})

test('the whole is as healthy as its worst part', () => {
  const item = (health: DoctorItem['health']): DoctorItem => ({ name: 'x', health, found: '' })
  expect(worstHealth([])).toBe('ok')
  expect(worstHealth([item('ok'), item('warn')])).toBe('warn')
  expect(worstHealth([item('warn'), item('bad'), item('ok')])).toBe('bad')
})

test('the tick is what the kernel says, and 4 ms where nobody can ask', async () => {
  expect([1, 2, 3.333, 4, 10]).toContain(await tickMs())
  vi.stubEnv('PATH', '/nonexistent')
  expect(await tickMs()).toBe(4)
})

test('this machine gets a report; what was not fetched yet is a warning or, without pip, bad', async () => {
  vi.stubEnv('SHAKETABLE_ENVOY', undefined)
  const cacheDir = mkdtempSync(join(tmpdir(), 'doctor-test-'))
  const report = await examineMachine({ cacheDir, measureHonestMaximum: async () => 2875.4 })
  const byName = new Map(report.items.map((item) => [item.name, item]))
  expect([...byName.keys()]).toEqual([
    'node',
    'envoy',
    'localstack',
    'python',
    'cores',
    'memory',
    'kernel tick',
    'loopback',
    'open files',
    'temp space',
    'tool cache',
    'honest maximum',
  ])
  expect(byName.get('envoy')?.health).not.toBe('ok')
  expect(byName.get('localstack')?.health).not.toBe('ok')
  expect(byName.get('loopback')).toMatchObject({ health: 'ok' })
  expect(byName.get('honest maximum')).toMatchObject({ health: 'ok', found: '2875 requests/s' })
  expect(report.honestMaximumPerSecond).toBe(2875.4)

  vi.stubEnv('PATH', '/nonexistent')
  const bare = await examineMachine({ cacheDir })
  expect(bare.health).toBe('bad')
  expect(bare.items.find((item) => item.name === 'python')?.remedy).toBe('apt-get install python3 python3-pip')
  expect(bare.items.find((item) => item.name === 'localstack')).toMatchObject({
    health: 'bad',
    found: '4.8.1, not installed: LocalStack 4.8.1 needs Python 3.11, 3.12, 3.13; found no python3',
    remedy: expect.stringMatching(/^apt-get install python3\.11 .*\(for log pipelines only\)$/),
  })
  rmSync(cacheDir, { recursive: true })
})
