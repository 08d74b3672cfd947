import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { hostAddress, releasePorts, reservePorts } from './ports.ts'

test('callers at the same time get different ports, below the ephemeral range', async () => {
  const ports = (await Promise.all([reservePorts(20), reservePorts(20), reservePorts(20)])).flat()
  expect(new Set(ports).size).toBe(60)
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000)
    expect(port).toBeLessThan(32_768)
  }
  releasePorts(ports)
})

test('runs at the same time get different ports, although nobody has bound them yet', async () => {
  const source = JSON.stringify(fileURLToPath(new URL('./ports.ts', import.meta.url)))
  // More than a third of all there are, so that without blocks some would certainly meet.
  const program = `import { reservePorts } from ${source}; console.log((await reservePorts(1200)).join()); setInterval(() => {}, 1000)`
  const runs = Array.from({ length: 7 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  const lines = await Promise.all(
    runs.map(async (run) => (await once(createInterface(run.stdout), 'line')) as [string]),
  )
  const ports = lines.flatMap(([line]) => line.split(','))
  expect(ports).toHaveLength(8400)
  expect(new Set(ports).size).toBe(8400)
  for (const run of runs) run.kill('SIGKILL')
})

test('a port that somebody listens on is not given out', async () => {
  const [port] = await reservePorts(1)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  releasePorts([port ?? 0])
  // Every port of a whole round but the taken one: 300 in a row pass over it only if it is skipped or far away.
  const others = await reservePorts(300)
  expect(others).not.toContain(port)
  releasePorts(others)
  await new Promise((resolve) => server.close(resolve))
})

test('an address that this machine does not have is named', async () => {
  const reserving = reservePorts(1, '192.0.2.1')
  await expect(reserving).rejects.toThrow(EnvironmentError)
  await expect(reserving).rejects.toThrow(/192\.0\.2\.1 is not an address of this machine/)
})

test('every upstream host has a loopback address of its own, where the platform has more than one', () => {
  expect([0, 1, 253, 254].map((index) => hostAddress(index, 'linux'))).toEqual([
    '127.0.0.2',
    '127.0.0.3',
    '127.0.0.255',
    '127.0.1.0',
  ])
  expect(hostAddress(7, 'darwin')).toBe('127.0.0.1')
  expect(() => hostAddress(-1, 'linux')).toThrow(RangeError)
  expect(() => hostAddress(65_600, 'linux')).toThrow(RangeError)
})
