import { describe, expect, test } from 'vitest'
import type { ChildService } from './child-service.ts'
import type { ControlPlaneService } from './control-plane-service.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import { faultSurface } from './fault-surface.ts'
import type { HostPlace } from './topology.ts'

function open() {
  const log: string[] = []
  const service = (name: string): ControlPlaneService => {
    const note = (what: string) => async () => void log.push(`${what} ${name}`)
    return {
      name,
      start: note('start'),
      kill: note('kill'),
      stop: note('stop'),
      freeze: () => void log.push(`freeze ${name}`),
      thaw: () => void log.push(`thaw ${name}`),
      setGarbage: async (on) => void log.push(`garbage ${on}`),
    }
  }
  const admin = {
    runtimeModify: async (values: Readonly<Record<string, string>>) => void log.push(JSON.stringify(values)),
  } as unknown as EnvoyAdmin
  const user: readonly ChildService[] = [service('user-1'), service('user-2')]
  const host = (host: number) => ({ hostKey: `s1-c0-h${host}`, cluster: 'user', host }) as HostPlace
  const surface = faultSurface({
    scenario: 's1',
    hosts: [host(1), host(2), { ...host(1), cluster: 'other', hostKey: 's1-c1-h1' }],
    upstreams: {
      of: (_, cluster, host) =>
        cluster === 'user' ? user.filter((_, index) => host === undefined || index === host - 1) : [],
    },
    controlPlane: service('plane'),
    faultAdmin: admin,
    failStore: (fault, status) => {
      log.push(`store ${fault} ${status}`)
      return async () => void log.push('store back')
    },
    push: async (definition) => {
      log.push(`push ${definition}`)
      return async () => void log.push('push back')
    },
  })
  return { surface, log }
}

describe('process faults', () => {
  test.each([
    ['kill', ['kill user-1', 'kill user-2'], ['start user-1', 'start user-2']],
    ['freeze', ['freeze user-1', 'freeze user-2'], ['thaw user-1', 'thaw user-2']],
    ['restart', ['stop user-1', 'stop user-2', 'start user-1', 'start user-2'], []],
  ] as const)('%s: all hosts of a cluster, one of them, the control plane', async (fault, harm, cure) => {
    const { surface, log } = open()
    const heal = await surface[fault]('user')
    expect(log.splice(0)).toEqual(harm)
    await heal()
    await heal()
    expect(log.splice(0)).toEqual(cure)
    await surface[fault]('user', 2)
    expect(log.splice(0)).toEqual(harm.filter((what) => what.endsWith('2')))
    await surface[fault]('control-plane')
    expect(log.every((what) => what.endsWith('plane'))).toBe(true)
  })

  test('a target without a process of its own is a bug of ours', async () => {
    const { surface } = open()
    await expect(surface.kill('nobody')).rejects.toThrow('no process of its own for nobody')
  })
})

describe('dice', () => {
  test('are rolled for all hosts of a cluster, in fractions, and put away', async () => {
    const { surface, log } = open()
    const heal = await surface.dice('user', undefined, { abortStatus: 502, abortPercent: 0.25 })
    const percent = JSON.stringify({ numerator: 2500, denominator: 'MILLION' })
    expect(log.splice(0).map((text) => JSON.parse(text))).toEqual([
      {
        'dice.s1-c0-h1.abort_percent': percent,
        'dice.s1-c0-h1.abort_status': '502',
        'dice.s1-c0-h2.abort_percent': percent,
        'dice.s1-c0-h2.abort_status': '502',
      },
    ])
    await heal()
    expect(log.map((text) => JSON.parse(text))).toEqual([
      { 'dice.s1-c0-h1.abort_percent': '0', 'dice.s1-c0-h2.abort_percent': '0' },
    ])
  })

  test('or for one host; putting away one kind leaves the other rolling', async () => {
    const { surface, log } = open()
    await surface.dice('user', 2, { delayMs: 30, delayPercent: 100 })
    const heal = await surface.dice('user', 2, { abortStatus: 503, abortPercent: 10 })
    await heal()
    expect(log.map((text) => Object.keys(JSON.parse(text) as object))).toEqual([
      ['dice.s1-c0-h2.delay_percent', 'dice.s1-c0-h2.delay_ms'],
      ['dice.s1-c0-h2.abort_percent', 'dice.s1-c0-h2.abort_status'],
      ['dice.s1-c0-h2.abort_percent'],
    ])
  })

  test('for a cluster without hosts are a bug of ours, or Envoy would be asked to change nothing', async () => {
    const { surface } = open()
    await expect(surface.dice('nobody', undefined, { abortPercent: 1 })).rejects.toThrow('no host of nobody')
  })
})

test('garbage and push come with their heals', async () => {
  const { surface, log } = open()
  const healGarbage = await surface.garbage()
  const healPush = await surface.push('next.yaml')
  await healPush()
  await healGarbage()
  await healGarbage()
  expect(log).toEqual(['garbage true', 'push next.yaml', 'push back', 'garbage false'])
})

test('an outage of the store comes with its heal', async () => {
  const { surface, log } = open()
  const heal = await surface.storeOutage('s3-is-down', 503)
  await heal()
  await heal()
  expect(log).toEqual(['store s3-is-down 503', 'store back'])
})
