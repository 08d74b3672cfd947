// The emulator's life: where it writes, that it is ours that answers, and that nothing of it is left, however it ends.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import { packageRoot } from '../../core/package-root.ts'
import { processIdentity } from '../process/process-identity.ts'
import { startTestEmulator, type TestEmulator } from './test-emulator.ts'

const running: TestEmulator[] = []
const started = async (...args: Parameters<typeof startTestEmulator>) => {
  const live = await startTestEmulator(...args)
  running.push(live)
  return live
}
afterEach(async () => {
  for (const live of running.splice(0)) await live[Symbol.asyncDispose]()
})

const busy = 'exports.handler = async (event) => { console.log("in"); for (;;); }'
/** `name` works until it is ended; resolves when it has begun. */
async function occupy(live: TestEmulator, name: string): Promise<number> {
  await live.create(name, 'index.js', busy, { Timeout: 60 })
  void live.invoke(name).catch(() => undefined)
  await live.until(`${name} works`, () => live.logs.some((log) => log.function === name))
  const [pid] = live.pids(name)
  if (pid === undefined) throw new Error('no process')
  return pid
}
const isGone = (pid: number) => processIdentity(pid) === undefined || /^State:\s+Z/m.test(statusOf(pid))
const statusOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return 'State: Z'
  }
}

test('it is ready soon, writes into its folder only, and stops with a busy function', async () => {
  const sources = () => readdirSync(join(packageRoot(), 'localstack', 'emulator'), { recursive: true }).map(String)
  const live = await started()
  expect(live.emulator.readyMs).toBeLessThan(20_000)
  const pid = await occupy(live, 'busy')
  expect(sources().filter((name) => name.includes('__pycache__'))).toEqual([])
  const stoppedMs = monotonicMs()
  await live.emulator.stop()
  expect(monotonicMs() - stoppedMs).toBeLessThan(6000)
  expect(isGone(pid)).toBe(true)
  expect(isGone(live.emulator.pid)).toBe(true)
  expect(live.events).toMatchObject([{ kind: 'process-started' }, { kind: 'process-exited', expected: true }])
  expect(live.complaints).toEqual([])
  await live.watchdog.close()
  expect(existsSync(live.folder)).toBe(false)
})

test('killed from outside: no function outlives it by 2 s, and the death is told', async () => {
  const live = await started()
  const pid = await occupy(live, 'busy')
  process.kill(live.emulator.pid, 'SIGKILL')
  const killedMs = monotonicMs()
  await live.until('the function is gone', () => isGone(pid))
  expect(monotonicMs() - killedMs).toBeLessThan(2000)
  await live.until('its death is told', () => live.events.some((event) => event.kind === 'process-exited'))
  const death = live.events.find((event) => event.kind === 'process-exited')
  expect(death).toMatchObject({ signal: 'SIGKILL', expected: false })
})

test('frozen it answers nobody, thawed it goes on, and frozen it can be stopped', async () => {
  const live = await started()
  await live.create('quick', 'index.js', 'exports.handler = async () => 1')
  await live.emulator.freeze()
  const look = () => fetch(`${live.emulator.endpoint}/_shaketable/pid`, { signal: AbortSignal.timeout(300) })
  await expect(look()).rejects.toThrow(/timeout/)
  await live.emulator.thaw()
  expect((await live.invoke('quick')).payload).toBe(1)
  await live.emulator.freeze()
  const stoppedMs = monotonicMs()
  await live.emulator.stop()
  expect(monotonicMs() - stoppedMs).toBeLessThan(6000)
  expect(isGone(live.emulator.pid)).toBe(true)
})

describe('what does not start is an error with a reason', () => {
  test('its port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const outcome = startTestEmulator({ port })
    await expect(outcome).rejects.toThrow(EnvironmentError)
    await expect(outcome).rejects.toThrow(new RegExp(`port ${port}: .*EADDRINUSE`))
    await new Promise((resolve) => server.close(resolve))
  })

  test('a mend that there is not', async () => {
    await expect(startTestEmulator({ mends: ['no-such-mend'] })).rejects.toThrow(/localstack [\s\S]*no-such-mend/)
  })

  test('an installation without LocalStack', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emulator-test-'))
    mkdirSync(join(folder, 'catalog'))
    const tool = { python: 'python3', folder, catalogFolder: join(folder, 'catalog'), version: '4.8.1' as const }
    await expect(startTestEmulator({ tool })).rejects.toThrow(/localstack exited with code 1[\s\S]*last log: /)
    rmSync(folder, { recursive: true })
  })

  test('an interrupt while it starts', async () => {
    const stopper = new AbortController()
    const outcome = startTestEmulator({ signal: stopper.signal })
    setTimeout(() => stopper.abort(new Error('interrupted')), 300)
    await expect(outcome).rejects.toThrow('interrupted')
  })
})
