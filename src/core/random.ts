// Chance comes in through this one door. A decision is a pure function of the seed and of what is decided (request id,
// attempt, ...), so the same seed gives the same arrivals, payloads and planned faults however the work is scheduled.

import { randomBytes } from 'node:crypto'

/** Draws a fresh seed, for runs that were started without `--seed`. Eight hexadecimal digits. */
export function drawSeed(): string {
  return randomBytes(4).toString('hex')
}

/** An unguessable token for control endpoints: 32 hexadecimal digits. Never used for decisions. */
export function drawToken(): string {
  return randomBytes(16).toString('hex')
}

/** A number in [0, 1), the same for the same parts. 53 bits, from two rounds of a murmur-style hash. */
export function decide(seed: string, ...parts: readonly (string | number)[]): number {
  return hash53([seed, ...parts].join('\u0000')) / 2 ** 53
}

/** A stream of numbers in [0, 1) that belongs to `name`; two names give independent streams. */
export function randomStream(seed: string, name: string): () => number {
  let drawn = 0
  return () => decide(seed, name, drawn++)
}

function hash53(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}
