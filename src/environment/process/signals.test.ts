import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const signals = JSON.stringify(fileURLToPath(new URL('./signals.ts', import.meta.url)))

/** Runs a program that closes by `stop`, an expression of type `() => Promise<void>`. */
async function startWith(stop: string) {
  const program = `import { onInterrupt } from ${signals}; onInterrupt(${stop}); setInterval(() => {}, 1000); console.log('up')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  await once(reader, 'line')
  return { child, exited, lines, complaint: () => complaint, nextLine: () => once(reader, 'line') }
}

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s closes once and exits %i', async ([signal, code]) => {
  const run = await startWith('async () => console.log("closing")')
  run.child.kill(signal)
  run.child.kill(signal)
  expect(await run.exited).toEqual([code, null])
  expect(run.lines.filter((line) => line === 'closing')).toHaveLength(1)
})

test('the same interrupt arriving twice is one', async () => {
  const run = await startWith(
    'async () => { console.log("closing"); await new Promise((r) => setTimeout(r, 300)); console.log("closed") }',
  )
  const closing = run.nextLine()
  run.child.kill('SIGINT')
  await closing
  run.child.kill('SIGINT')
  expect(await run.exited).toEqual([130, null])
  expect(run.lines).toContain('closed')
})

test('a second one later ends a closing that hangs', async () => {
  const run = await startWith(
    '() => { console.log("closing"); setTimeout(() => console.log("late"), 600); return new Promise(() => {}) }',
  )
  const closing = run.nextLine()
  run.child.kill('SIGINT')
  await closing
  await run.nextLine()
  run.child.kill('SIGINT')
  expect(await run.exited).toEqual([130, null])
})

test('a closing that fails is told in one line', async () => {
  const run = await startWith('async () => { throw new Error("no way") }')
  run.child.kill('SIGTERM')
  expect(await run.exited).toEqual([143, null])
  expect(run.complaint()).toBe('closing was not clean: no way\n')
})
