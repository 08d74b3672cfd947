import { expect, test } from 'vitest'
import { recentLatency } from './recent-latency.ts'

function rig() {
  const clock = { ms: 0 }
  const latency = recentLatency(() => clock.ms)
  const call = (tookMs: number) => {
    const ended = latency.began()
    clock.ms += tookMs
    ended()
  }
  return { clock, latency, call }
}

test('nobody called, nothing is known', () => {
  expect(rig().latency.p99()).toBeUndefined()
})

test('the 99th percentile of what ended in the last second', () => {
  const { clock, latency, call } = rig()
  for (let index = 0; index < 98; index++) call(1)
  call(50)
  call(60)
  expect(latency.p99()).toBe(50)
  clock.ms += 990
  expect(latency.p99()).toBe(60)
  clock.ms += 20
  expect(latency.p99()).toBeUndefined()
})

test('a call that is still open counts with what it has taken, and once only', () => {
  const { clock, latency } = rig()
  const ended = latency.began()
  clock.ms = 5000
  expect(latency.p99()).toBe(5000)
  ended()
  ended()
  expect(latency.p99()).toBe(5000)
  clock.ms = 6001
  expect(latency.p99()).toBeUndefined()
})

test('what it keeps is bounded', () => {
  const { clock, latency, call } = rig()
  for (let index = 0; index < 100_000; index++) call(0)
  clock.ms += 1001
  expect(latency.p99()).toBeUndefined()
})
