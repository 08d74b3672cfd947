// Functions for live tests of the executor that do what their event says, and what is read from their outcomes.

/** Does what the event says. */
export const nodeSource = `
const calls = []
exports.handler = async (event, context) => {
  console.log('event', JSON.stringify(event))
  if (event.print) { console.error(event.print); console.warn('careful') }
  if (event.exit !== undefined) process.exit(event.exit)
  if (event.kill) process.kill(process.pid, event.kill)
  if (event.busy) for (;;);
  if (event.fill) { const kept = []; for (;;) { kept.push(Buffer.alloc(5e6, 1)); await new Promise((r) => setTimeout(r, 10)) } }
  if (event.heap) { const kept = []; for (;;) kept.push({}) }
  if (event.fail) throw new TypeError(event.fail)
  if (event.reject) { Promise.reject(new Error(event.reject)); await new Promise((r) => setTimeout(r, 1000)) }
  if (event.never) await new Promise(() => {})
  if (event.waitMs) await new Promise((r) => setTimeout(r, event.waitMs))
  const startedMs = Date.now()
  if (event.background) setTimeout(() => calls.push(Date.now() - startedMs), 20)
  return { event, env: process.env, context: { ...context, left: context.getRemainingTimeInMillis() }, pid: process.pid, calls }
}
`
/** The same in Python, as far as it matters. */
export const pythonSource = `
import json, os, boto3
def handler(event, context):
    print('event', event)
    if 'fail' in event: raise ValueError(event['fail'])
    if 'exit' in event: os._exit(event['exit'])
    if 'list' in event: boto3.client('s3').list_buckets()
    if 'call' in event:
        called = json.load(boto3.client('lambda').invoke(FunctionName=event['call'])['Payload'])
        return [os.environ['_X_AMZN_TRACE_ID'], called['env']['_X_AMZN_TRACE_ID']]
    while 'busy' in event: pass
    return {'event': event, 'env': dict(os.environ), 'id': context.aws_request_id, 'left': context.get_remaining_time_in_millis()}
`

export interface Returned {
  readonly env: Readonly<Record<string, string>>
  readonly pid: number
  readonly calls: readonly number[]
  readonly context: Readonly<Record<string, unknown>>
}

export const errorOf = ({ payload }: { readonly payload: unknown }) =>
  payload as { readonly errorType: string; readonly errorMessage: string }
