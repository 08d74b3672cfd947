// Addresses for our listeners: free ports on loopback, and an address of its own for each upstream host. Ports lie below
// the range that the kernel gives to outgoing connections, because a listener there collides with a neighbour's
// connections and their TIME_WAIT (ENVOY 11). Some time goes by until a process of ours binds its port, so that being free
// is not enough where several runs start at once: each takes whole blocks of numbers for itself.

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { EnvironmentError } from '../../core/errors.ts'
import { drawToken } from '../../core/random.ts'

const lowestPort = 10_000
const highestPort = 32_767
const blockPorts = 64
/** The first number of each block that is ours. A listener on it says so to other runs, for as long as we live. */
const ownBlocks: number[] = []
/** Ports that this process has given out, so that two callers never get the same before they have bound it. */
const givenOut = new Set<number>()

/**
 * `count` different free ports on `host`; each was bound for a moment to be sure. They stay reserved within this process
 * until `releasePorts`.
 * @throws EnvironmentError when there are not enough
 */
export async function reservePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = []
  for (let block = 0; ports.length < count; block++) {
    const first = ownBlocks[block] ?? (await takeBlock())
    if (first === undefined) break
    for (let port = first + 1; port < first + blockPorts && ports.length < count; port++) {
      if (await claim(port, host)) ports.push(port)
    }
  }
  // The kernel's own choice is second best, for machines whose ephemeral range leaves no room.
  for (let tries = 0; ports.length < count && tries < 2 * count; tries++) {
    const port = await bind(0, host)
    if (port !== undefined && !givenOut.has(port)) {
      givenOut.add(port)
      ports.push(port)
    }
  }
  if (ports.length === count) return ports
  releasePorts(ports)
  throw new EnvironmentError(
    `${count} free ports on ${host} expected, only ${ports.length} found\n  hint: end other servers`,
  )
}

/** Gives ports back that will not be used again. */
export function releasePorts(ports: readonly number[]): void {
  for (const port of ports) givenOut.delete(port)
}

/** 127.0.0.2 for the first (0), 127.0.0.3 for the next, ...; macOS has 127.0.0.1 only, so there it is that for all. */
export function hostAddress(index: number, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return '127.0.0.1'
  const suffix = index + 2
  if (!Number.isInteger(index) || index < 0 || suffix >= 2 ** 16 - 1)
    throw new RangeError(`no loopback address ${index}`)
  return `127.0.${suffix >> 8}.${suffix & 255}`
}

/** Undefined when there is no free block, or no room for blocks below the ephemeral ports. */
async function takeBlock(): Promise<number | undefined> {
  const top = Math.min(highestPort, firstEphemeralPort() - 1)
  const blocks = Math.floor((top - lowestPort + 1) / blockPorts)
  const start = Number.parseInt(drawToken().slice(0, 8), 16)
  for (let step = 0; step < blocks; step++) {
    const first = lowestPort + ((start + step) % blocks) * blockPorts
    const guard = await listen(first, '127.0.0.1')
    if (guard === undefined) continue
    guard.on('connection', (socket) => socket.destroy()).unref()
    ownBlocks.push(first)
    return first
  }
  return undefined
}

async function claim(port: number, host: string): Promise<boolean> {
  if (givenOut.has(port)) return false
  givenOut.add(port) // before the first await, or a caller at the same time would try it, too
  if ((await bind(port, host)) !== undefined) return true
  givenOut.delete(port)
  return false
}

/** Binds and lets go; `undefined` when it cannot be bound. */
async function bind(port: number, host: string): Promise<number | undefined> {
  const server = await listen(port, host)
  if (server === undefined) return undefined
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? address?.port : undefined
}

function listen(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL') {
        reject(new EnvironmentError(`${host} is not an address of this machine\n  hint: shaketable doctor`))
      } else resolve(undefined)
    })
    server.listen({ port, host, exclusive: true }, () => resolve(server))
  })
}

function firstEphemeralPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0])
  } catch {
    return highestPort + 1
  }
}
