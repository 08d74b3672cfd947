import { describe, expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { endedUnasked, waitUntil } from './wait-until.ts'

const running = (lines: readonly string[] = []) => ({
  exited: new Promise<never>(() => undefined),
  hasExited: () => false,
  lastLines: () => lines,
})
const ended = (lines: readonly string[], code: number | null, signal: string | null = null) => ({
  exited: Promise.resolve({ code, signal }),
  hasExited: () => true,
  lastLines: () => lines,
})
const limits = { timeoutMs: 60, intervalMs: 5 }

async function messageOf(waiting: Promise<void>): Promise<string> {
  const error = await waiting.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(EnvironmentError)
  return (error as Error).message
}

test('it looks until the condition holds', async () => {
  let looks = 0
  await waitUntil('thing', async () => ++looks === 4, { timeoutMs: 5000, intervalMs: 1 })
  expect(looks).toBe(4)
})

describe('the message', () => {
  test('says what was seen, after how long, the telling log line and a hint', async () => {
    const log = ["[critical] cannot bind '127.0.0.1:10000': Address already in use", '[info] exiting']
    const waiting = waitUntil('envoy "edge"', async () => 'GET /ready gave 503, 200 expected', {
      ...limits,
      process: running(log),
    })
    expect(await messageOf(waiting)).toBe(
      [
        'envoy "edge" not ready after 60 ms: GET /ready gave 503, 200 expected',
        "  last log: [critical] cannot bind '127.0.0.1:10000': Address already in use",
        '  hint: another process holds port 10000',
      ].join('\n'),
    )
  })

  test('takes what the condition threw, with its cause', async () => {
    const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })
    const waiting = waitUntil('thing', () => Promise.reject(refused), limits)
    expect(await messageOf(waiting)).toBe('thing not ready after 60 ms: connect ECONNREFUSED 127.0.0.1:1')
  })

  test('takes the caller’s hint first', async () => {
    const waiting = waitUntil('thing', async () => false, { ...limits, hint: () => 'do this' })
    expect(await messageOf(waiting)).toMatch(/\n {2}hint: do this$/)
  })
})

test('a condition that never answers does not outlast the limit', async () => {
  expect(await messageOf(waitUntil('thing', () => new Promise(() => undefined), limits))).toMatch(/no answer yet/)
})

test('the end of the process ends the wait at once', async () => {
  const waiting = waitUntil('envoy "edge"', async () => false, {
    timeoutMs: 60_000,
    intervalMs: 60_000,
    process: ended(['unknown field x'], 1),
  })
  expect(await messageOf(waiting)).toMatch(
    /^envoy "edge" exited with code 1 after \d+ ms, before it was ready\n {2}last log: unknown field x$/,
  )
})

test('somebody else answering for a process that has ended is not ready', async () => {
  const waiting = waitUntil('thing', async () => true, { ...limits, process: ended([], null, 'SIGKILL') })
  expect(await messageOf(waiting)).toMatch(/was ended by SIGKILL/)
})

test('an abort ends the wait with its reason', async () => {
  const stop = new AbortController()
  const waiting = waitUntil('thing', async () => false, { timeoutMs: 60_000, intervalMs: 60_000, signal: stop.signal })
  stop.abort(new Error('interrupted'))
  await expect(waiting).rejects.toThrow('interrupted')
})

describe('a process that was ready and is gone', () => {
  test.each([
    [
      { code: null, signal: 'SIGKILL' },
      [],
      /^it was ended by SIGKILL after 12 ms, and .*\n {2}hint: .*for want of memory/,
    ],
    [
      { code: 1, signal: null },
      ['[error] no'],
      /^it exited with code 1 after 12 ms, and .*\n {2}last log: \[error\] no$/,
    ],
  ])('%o', (end, lines, message) => {
    expect(endedUnasked('it', end, 12.3, lines).message).toMatch(message)
  })
})
