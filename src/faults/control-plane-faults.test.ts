import { expect, test } from 'vitest'
import { garbage, push, storeOutage } from './control-plane-faults.ts'
import { injected } from './test-surface.ts'

test('garbage until it is healed', async () => {
  expect(await injected(garbage, {})).toEqual({ harm: ['garbage'], cure: ['heal garbage'], heals: true })
  expect(garbage.isolated).toBe(true)
  expect(garbage.schema.safeParse({ ratio: 1 }).success).toBe(false)
})

test('push serves another definition until it is healed', async () => {
  const what = 'push next.yaml'
  expect(await injected(push, { definition: 'next.yaml' })).toEqual({
    harm: [what],
    cure: [`heal ${what}`],
    heals: true,
  })
  expect(push.isolated).toBe(true)
  expect(push.describe({ definition: 'next.yaml' })).toBe('pushes next.yaml')
  expect(push.schema.safeParse({}).success).toBe(false)
  expect(push.schema.safeParse({ definition: '' }).success).toBe(false)
})

test('S3 under the control plane fails until it is healed', async () => {
  const what = 'store outage flaky 503'
  expect(await injected(storeOutage, {})).toEqual({ harm: [what], cure: [`heal ${what}`], heals: true })
  expect(storeOutage.describe({ status: 500 })).toBe('S3 answers 500')
  expect(storeOutage.schema.safeParse({ status: 200 }).success).toBe(false)
})
