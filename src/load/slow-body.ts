// The body of a slow client: it goes out in equal parts with a pause before each but the first. What it looks like on the
// wire is up to the protocol.

import { setTimeout as pause } from 'node:timers/promises'
import type { PlannedRequest } from '../core/planned-request.ts'
import { bodyOf } from './transport.ts'

export async function* slowBody(
  bodyBytes: number,
  { parts, everyMs }: NonNullable<PlannedRequest['slowBody']>,
): AsyncGenerator<Buffer> {
  let sent = 0
  for (let part = 1; part <= parts; part++) {
    if (part > 1) await pause(everyMs, undefined, { ref: false })
    const upTo = Math.floor((bodyBytes * part) / parts)
    yield bodyOf(upTo - sent)
    sent = upTo
  }
}
