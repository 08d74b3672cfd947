// A port as a black hole: a connect to it is neither accepted nor refused. The thread that holds it sleeps in a worker, so it
// ends with this process however that ends.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { childEntry } from '../process/child-entry.ts'
import type { BlackHoleMessage, FallAsleep } from './black-hole-worker.ts'

export interface BlackHole {
  /** Takes the port, which must be free by then, and fills the backlog. @throws the system's error as text */
  open(address: string, port: number): Promise<void>
  /** Lets go of the port. Resolves with the addresses of those who got into the backlog before it was full. */
  close(): Promise<readonly string[]>
}

/** The thread is up when this resolves, so that `open` takes no time. */
export async function blackHole(): Promise<BlackHole> {
  const worker = new Worker(childEntry('black-hole-worker', import.meta.url), { name: 'black-hole' })
  worker.on('error', () => undefined)
  const next = async (): Promise<BlackHoleMessage> => (await once(worker, 'message'))[0]
  await next()
  const sleep = new SharedArrayBuffer(4)
  const fail = async (reason: string): Promise<never> => {
    await worker.terminate()
    throw new Error(reason)
  }
  return {
    async open(address, port) {
      worker.postMessage({ address, port, sleep } satisfies FallAsleep)
      const message = await next()
      if (message.kind === 'failed') return fail(message.reason)
    },
    async close() {
      const waking = next()
      const word = new Int32Array(sleep)
      Atomics.store(word, 0, 1)
      Atomics.notify(word, 0)
      const message = await waking
      await worker.terminate()
      return message.kind === 'awake' ? message.caught : []
    },
  }
}
