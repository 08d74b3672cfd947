// The usual test history of a request rule: twenty plain requests, and one (`the-one`) that is looked at.

import { declaredPolicy } from './declared-example.ts'
import { HistoryBuilder, type Request } from './history-builder.ts'

export const fine: Omit<Request, 'id' | 'atMs'> = { tries: [{ code: 200 }] }
export const saved = [{ code: 503 }, { code: 200, backOffMs: 12 }]
export const timedOut = { code: 0, flags: ['UT'], tookMs: 1000 }

export function history(declared = declaredPolicy()): HistoryBuilder {
  const builder = new HistoryBuilder(declared)
  for (let index = 0; index < 20; index++) builder.request({ id: `ok-${index}`, atMs: 100 + index * 10, ...fine })
  return builder
}

export const withRequest = (request: Omit<Request, 'id' | 'atMs'>, declared = declaredPolicy()) =>
  history(declared).request({ id: 'the-one', atMs: 400, ...request })

/** The same in traffic that shows that Envoy was awake all the time. */
export const busy = (request: Omit<Request, 'id' | 'atMs'>, declared = declaredPolicy()) =>
  withRequest(request, declared).neighbours(400, 3600)
