// One call through the hop, from its request to what is told of it: whose it is and what it names, what the plan has in
// store for it, and that carried out. Told exactly once, however it ends; `applied` is what the emulator said, not what the
// caller was made to believe.
//
//     function ─► read, name, decide ─► delay ─► [own answer | reset | crash] ─► emulator ─► [reset | crash | cut | slow] ─► function

import type { Readable } from 'node:stream'
import { attributionOf, roleOf } from './attribution.ts'
import { carryOut, messageOf } from './carry-out.ts'
import type { Outcome } from './errand.ts'
import type { Exchange } from './exchange.ts'
import type { HopCall, HopCallSeen, HopContext, HopDecision } from './hop-context.ts'
import { actionIn, type CallTarget, callTarget, sinkPrefix } from './operation.ts'
import { readBody } from './request-body.ts'

const readersMax = 100_000
/** What is put into S3 is not looked into. */
const uploads: ReadonlySet<string> = new Set(['PUT', 'POST'])
const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/

export async function handleCall(exchange: Exchange, context: HopContext): Promise<void> {
  const startMs = context.now()
  if (!loopback.test(String(exchange.headers.host ?? ''))) {
    // A page in a browser that resolves its own name to loopback has no business here.
    await exchange.reply(403, { 'content-type': 'text/plain' }, Buffer.from('only for 127.0.0.1\n'))
    return
  }
  let target = callTarget(exchange.method, exchange.path, exchange.headers)
  let body: Buffer | Readable = exchange.requestBody
  let seen = seenOf(context, exchange, target, undefined)
  let outcome: Outcome
  let decision: HopDecision | undefined
  try {
    if (target.s3 === undefined || !uploads.has(exchange.method)) body = await readBody(exchange.requestBody)
    const text = Buffer.isBuffer(body) ? body.toString('utf8') : undefined
    if (target.query && text !== undefined) target = { ...target, operation: actionIn(text) }
    seen = seenOf(context, exchange, target, text)
    decision = context.decide(seen)
    const sink = target.service === 'sink'
    outcome = await carryOut({
      exchange,
      target,
      body,
      origin: sink ? context.sink : context.upstream,
      path: sink ? exchange.path.slice(sinkPrefix.length) : exchange.path,
      action: decision?.action ?? {},
      invocation16: seen.invocation16,
      context,
    })
  } catch (error) {
    // Nothing of ours throws on purpose: the caller is not left hanging, and the history says what it was.
    exchange.reset()
    outcome = { status: 0, applied: false, error: exchange.gone.aborted ? 'aborted' : 'reset', note: messageOf(error) }
  }
  context.onCall(told(seen, startMs, context.now(), outcome, decision))
}

function seenOf(context: HopContext, exchange: Exchange, target: CallTarget, body: string | undefined): HopCallSeen {
  const { objects, entries } = context.names.namedIn(target, body)
  const marked = attributionOf(exchange.headers)
  const [first] = objects
  const reader = target.service === 'sink' && first !== undefined ? context.lastReader.get(first) : undefined
  const functionName = marked.functionName || (reader?.functionName ?? '')
  const invocation16 = marked.invocation16 ?? reader?.invocation16
  const whose = { functionName, ...(invocation16 === undefined ? {} : { invocation16 }) }
  if (target.operation === 'GetObject' && first !== undefined && functionName !== '') {
    context.lastReader.set(first, whose)
    const [oldest] = context.lastReader.keys()
    if (context.lastReader.size > readersMax && oldest !== undefined) context.lastReader.delete(oldest)
  }
  const { service, operation } = target
  return { function: roleOf(functionName), service, operation, objects, entries, ...whose }
}

function told(
  { entries, ...seen }: HopCallSeen,
  startMs: number,
  atMs: number,
  outcome: Outcome,
  decision: HopDecision | undefined,
): HopCall {
  const acted = decision !== undefined && outcome.acted !== false
  const detail = [acted ? decision.detail : '', outcome.note ?? ''].filter((text) => text !== '').join('; ')
  return {
    kind: 'aws-called',
    atMs,
    startMs,
    ...seen,
    status: outcome.status,
    applied: outcome.applied,
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    ...(entries > 1 || outcome.refused !== undefined ? { entries } : {}),
    ...(outcome.refused === undefined ? {} : { refused: outcome.refused }),
    ...(acted ? { fault: decision.fault } : {}),
    ...(detail === '' ? {} : { detail }),
  }
}
