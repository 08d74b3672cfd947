// However the harness dies, nothing of it is left after two seconds. The harness here is a small program of the test's
// own, which starts children of the kinds that are hard to end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { processIdentity } from './process-identity.ts'
import { nameRunFolder } from './run-folder.ts'
import { startWatchdog } from './watchdog.ts'

const goneAfterMs = 2000
const source = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))

const harness = `
import { onInterrupt } from ${source('./signals.ts')}
import { nameRunFolder } from ${source('./run-folder.ts')}
import { startProcess } from ${source('./started-process.ts')}
import { startWatchdog } from ${source('./watchdog.ts')}

const watchdog = await startWatchdog(nameRunFolder())
const children = []
onInterrupt(async () => {
  await Promise.all(children.map((child) => child.stop(200)))
  await watchdog.close()
})
const start = (name, program) => new Promise((resolve) => {
  const child = startProcess({
    name, watchdog, command: process.execPath, args: ['-e', program + '; console.error("up")'],
    onStderrLine: () => resolve(child),
  })
  children.push(child)
})
const forever = 'setInterval(() => {}, 1000)'
const all = await Promise.all([
  start('sleeping', forever),
  start('stubborn', "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); " + forever),
  start('frozen', forever),
  start('parent', "require('child_process').spawn(process.execPath, ['-e', '" + forever + "'], { detached: true, stdio: 'ignore' }); " + forever),
])
all[2].signal('SIGSTOP')
await watchdog.ready
console.log(JSON.stringify({ id: watchdog.runFolder.id, folder: watchdog.runFolder.path, watchdog: watchdog.pid }))
// Go on starting processes, so that a death comes in the middle of one.
for (;;) await start('another', forever)
`

let folder: string
let program: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-test-'))
  program = join(folder, 'harness.mjs')
  writeFileSync(program, harness)
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly process: ChildProcess
  readonly pid: number
  readonly id: string
  readonly folder: string
  readonly watchdog: number
}

async function startHarness(): Promise<Run> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { ...(JSON.parse(line) as Omit<Run, 'process' | 'pid'>), process: child, pid: child.pid ?? 0 }
}

/** Living processes with the run's marker, by /proc. */
function marked(id: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`SHAKETABLE_RUN=${id}`)
      } catch {
        return false
      }
    })
    .map(Number)
}

async function expectNothingLeft(run: Run, sinceMs: number): Promise<void> {
  const left = () => ({
    processes: marked(run.id),
    folder: existsSync(run.folder),
    watchdog: processIdentity(run.watchdog) !== undefined,
  })
  await expect
    .poll(left, { timeout: goneAfterMs - (monotonicMs() - sinceMs), interval: 10 })
    .toEqual({ processes: [], folder: false, watchdog: false })
}

describe.runIf(process.platform === 'linux')('nothing is left', () => {
  test.for([1, 2, 3])('after kill -9 of the harness (%i)', async () => {
    const run = await startHarness()
    expect(marked(run.id).length).toBeGreaterThanOrEqual(5)
    expect(existsSync(run.folder)).toBe(true)
    run.process.kill('SIGKILL')
    await expectNothingLeft(run, monotonicMs())
  })

  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'after %s to the whole group, as a terminal does',
    async (signal) => {
      const run = await startHarness()
      const exited = once(run.process, 'exit')
      const sinceMs = monotonicMs()
      process.kill(-run.pid, signal)
      await expectNothingLeft(run, sinceMs)
      expect(await exited).toEqual([{ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal], null])
    },
  )

  test('after kill -9 while it starts, at any moment', async () => {
    const temp = mkdtempSync(join(folder, 'temp-'))
    for (const afterMs of [40, 60, 80, 100, 120, 150]) {
      const child = spawn(process.execPath, [program], { stdio: 'ignore', env: { ...process.env, TMPDIR: temp } })
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      child.kill('SIGKILL')
      const temporary = () => readdirSync(temp)
      // TMPDIR of the children is the run folder, so this also finds those whose run id we never learnt.
      const children = () =>
        readdirSync('/proc').filter((name) => {
          try {
            return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`TMPDIR=${temp}/`)
          } catch {
            return false
          }
        })
      await expect.poll(() => [temporary(), children()], { timeout: goneAfterMs, interval: 10 }).toEqual([[], []])
    }
  })

  test('although somebody tries to end the watchdog first', async () => {
    const run = await startHarness()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(run.watchdog, signal)
    run.process.kill('SIGKILL')
    await expectNothingLeft(run, monotonicMs())
  })
})

test('it does not touch a process whose id was registered with another start time', async () => {
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./watchdog-child.mjs', import.meta.url)), 'x', '/none'],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  child.stdin.end(`+${bystander.pid} 1\n`)
  await exited
  expect(processIdentity(bystander.pid ?? 0)).toBeDefined()
  bystander.kill('SIGKILL')
})

test('closing in good order takes the folder and the watchdog, quickly', async () => {
  const startedMs = monotonicMs()
  const watchdog = await startWatchdog(nameRunFolder())
  const guardedMs = monotonicMs() - startedMs
  await watchdog.ready
  const readyMs = monotonicMs() - startedMs
  expect(watchdog.alive()).toBe(true)
  await watchdog.close()
  await watchdog.close()
  expect(watchdog.alive()).toBe(false)
  expect(existsSync(watchdog.runFolder.path)).toBe(false)
  console.log(`watchdog: guards after ${guardedMs.toFixed(1)} ms, ready after ${readyMs.toFixed(1)} ms`)
  expect(guardedMs).toBeLessThan(60)
})
