import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processIdentity } from './process-identity.ts'

test('a living process keeps its identity, a dead one has none', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
  const pid = child.pid ?? 0
  const first = processIdentity(pid)
  expect(first).toBeDefined()
  expect(processIdentity(pid)).toBe(first)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(processIdentity(pid)).toBeUndefined()
})

test.runIf(process.platform === 'linux')('two processes have two identities', () => {
  expect(processIdentity(process.pid)).not.toBe(processIdentity(1))
})
