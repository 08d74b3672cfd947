import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { processIdentity } from './process-identity.ts'
import { nameRunFolder } from './run-folder.ts'
import { type ProcessOptions, startProcess } from './started-process.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

let watchdog: Watchdog
beforeAll(async () => {
  watchdog = await startWatchdog(nameRunFolder())
  await watchdog.ready
})
afterAll(async () => {
  await watchdog.close()
  expect(existsSync(watchdog.runFolder.path)).toBe(false)
})

function startNode(program: string, options: Partial<ProcessOptions> = {}) {
  return startProcess({ name: 'node', command: process.execPath, args: ['-e', program], watchdog, ...options })
}

/** Resolves with the first line of stderr: the program's sign that it is up. */
function startTold(program: string, options: Partial<ProcessOptions> = {}) {
  let tell: (line: string) => void = () => undefined
  const told = new Promise<string>((resolve) => {
    tell = resolve
  })
  const started = startNode(`${program}; console.error('up')`, { onStderrLine: (line) => tell(line), ...options })
  return { started, told }
}

describe('environment', () => {
  test('is scrubbed but for what is needed and what is passed', async () => {
    vi.stubEnv('AWS_PROFILE', 'production')
    vi.stubEnv('NODE_OPTIONS', '--no-warnings')
    let output = ''
    const child = startNode('process.stdout.write(JSON.stringify(process.env))', {
      env: { EXTRA: 'yes' },
      onStdout: (chunk) => {
        output += chunk.toString()
      },
    })
    await child.exited
    vi.unstubAllEnvs()
    const seen = JSON.parse(output) as Record<string, string>
    const allowed = ['EXTRA', 'HOME', 'LANG', 'PATH', 'SHAKETABLE_RUN', 'TMPDIR', 'TZ']
    expect(Object.keys(seen).filter((name) => !allowed.includes(name))).toEqual([])
    expect(seen).toMatchObject({ EXTRA: 'yes', TMPDIR: watchdog.runFolder.path, SHAKETABLE_RUN: watchdog.runFolder.id })
  })
})

describe('end', () => {
  test('code and the last 20 lines are there once it has ended', async () => {
    const child = startNode('for (let i = 1; i <= 25; i++) console.error("line " + i); process.exitCode = 7')
    expect(await child.exited).toEqual({ code: 7, signal: null })
    expect(child.hasExited()).toBe(true)
    expect(child.lastLines()).toHaveLength(20)
    expect(child.lastLines().at(-1)).toBe('line 25')
    expect(child.signal('SIGTERM')).toBe(false)
    await child.stop()
  })

  test('stop lets it close in good order', async () => {
    const { started, told } = startTold('process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000)')
    await told
    await started.stop()
    expect(await started.exited).toEqual({ code: 5, signal: null })
  })

  test('stop kills what ignores SIGTERM after the grace', async () => {
    const { started, told } = startTold('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)')
    await told
    await started.stop(50)
    expect(await started.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('stop reaches a frozen process', async () => {
    const { started, told } = startTold('process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000)')
    await told
    started.signal('SIGSTOP')
    await started.stop()
    expect(await started.exited).toEqual({ code: 5, signal: null })
  })

  test('what it had started itself goes with it', async () => {
    const grandchild = 'spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" })'
    const program = `const { spawn } = require('node:child_process'); console.error(${grandchild}.pid); setInterval(() => {}, 1000)`
    let tell: (line: string) => void = () => undefined
    const told = new Promise<string>((resolve) => {
      tell = resolve
    })
    const child = startNode(program, { onStderrLine: (line) => tell(line) })
    const pid = Number(await told)
    expect(processIdentity(pid)).toBeDefined()
    child.signal('SIGKILL')
    await child.exited // only ends once the grandchild has let go of the pipe
    await expect.poll(() => processIdentity(pid), { timeout: 2000, interval: 10 }).toBeUndefined()
  })

  test('leaving the scope stops it', async () => {
    let pid = 0
    {
      await using child = startNode('setInterval(() => {}, 1000)')
      pid = child.pid
      expect(processIdentity(pid)).toBeDefined()
    }
    expect(processIdentity(pid)).toBeUndefined()
  })
})

describe('channel', () => {
  test('messages go both ways', async () => {
    const child = startNode('process.on("message", (m) => process.send({ got: m }))', { ipc: true })
    const answer = new Promise((resolve) => child.onMessage(resolve))
    child.send({ hello: 1 })
    expect(await answer).toEqual({ got: { hello: 1 } })
    await child.stop()
    expect(() => child.send('more')).toThrow(EnvironmentError)
  })
})

test('a command that is not there is an environment error', () => {
  expect(() => startNode('', { name: 'envoy "edge"', command: '/nonexistent/envoy' })).toThrow(
    /^envoy "edge" could not be started: \/nonexistent\/envoy\n {2}hint: /,
  )
})

test('nothing is started once the watchdog is closing', async () => {
  const closing = await startWatchdog(nameRunFolder())
  const closed = closing.close()
  expect(() => startNode('', { watchdog: closing })).toThrow(/was not started: the run is closing/)
  await closed
})
