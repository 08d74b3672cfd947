import { expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { lastLinesOf, runBounded } from './bounded-command.ts'

const node = (program: string, limits: Partial<Parameters<typeof runBounded>[2]> = {}) =>
  runBounded(process.execPath, ['-e', program], { timeoutMs: 20_000, ...limits })

test('output, code and input', async () => {
  const program =
    'process.stdin.on("data", (d) => process.stdout.write("got " + d)); console.error("err"); process.exitCode = 3'
  expect(await node(program, { stdin: 'this' })).toEqual({ code: 3, stdout: 'got this', stderr: 'err\n' })
})

test('what does not end is ended, with what it started', async () => {
  const startedMs = monotonicMs()
  const program = 'require("child_process").spawn("sleep", ["60"], { stdio: "inherit" }); setInterval(() => {}, 1000)'
  expect(await node(program, { timeoutMs: 300 })).toMatchObject({ code: null, stopped: 'timeout' })
  expect(monotonicMs() - startedMs).toBeLessThan(10_000)
})

test('an interrupt ends it at once, also one that came before', async () => {
  const interrupting = new AbortController()
  const program = 'setInterval(() => {}, 1000)'
  const running = node(program, { signal: interrupting.signal })
  interrupting.abort()
  expect(await running).toMatchObject({ code: null, stopped: 'interrupted' })
  expect(await node(program, { signal: interrupting.signal })).toMatchObject({ code: null, stopped: 'interrupted' })
})

test('endless output is cut off', async () => {
  const program = 'const more = () => process.stdout.write("x".repeat(65536), more); more()'
  expect(await node(program, { outputBytesMax: 100_000 })).toMatchObject({ stopped: 'output-limit' })
})

test('a command that is not there', async () => {
  expect(await runBounded('/nonexistent/tool', [], { timeoutMs: 1000 })).toMatchObject({
    code: null,
    stopped: 'not-found',
  })
})

test('last lines are the last that say something', () => {
  expect(lastLinesOf('a\n\nb\n  \nc\n', 2)).toBe('  b\n  c')
})
