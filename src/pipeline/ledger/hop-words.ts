// Events in the words of a witness. Only what takes few different values goes into a label, for labels are kept in a table.

import type {
  AwsCalled,
  FunctionFailed,
  FunctionInvoked,
  FunctionReturned,
  ItemDrained,
  ItemParked,
  ObjectPut,
  RecordInLane,
} from '../../core/history.ts'
import type { Hop } from './hop-notes.ts'

/** Calls that hand an object on; a witness tells them even where all is well. */
const handOvers: ReadonlySet<string> = new Set([
  'kinesis.PutRecords',
  'kinesis.PutRecord',
  'lambda.Invoke',
  'sns.Publish',
  'sns.PublishBatch',
  'dynamodb.PutItem',
  'dynamodb.BatchWriteItem',
  'dynamodb.DeleteItem',
  'sink.Deliver',
])

export function hopOf(
  event:
    | ObjectPut
    | RecordInLane
    | FunctionInvoked
    | FunctionReturned
    | FunctionFailed
    | AwsCalled
    | ItemParked
    | ItemDrained,
): Hop {
  switch (event.kind) {
    case 'object-put':
      return { kind: 'put', actor: 'bucket', label: event.error === undefined ? 'put' : 'put failed', odd: false }
    case 'record-in-lane':
      return { kind: 'in-lane', actor: `lane ${event.lane}`, label: `record in lane ${event.lane}`, odd: false }
    case 'function-invoked': {
      const { function: role, attempt } = event
      const label = `${role} invoked${nth(attempt)}${blame(event.fault)}`
      return { kind: 'invoked', actor: role, label, odd: event.fault !== undefined }
    }
    case 'function-returned':
      return { kind: 'returned', actor: event.function, label: `${event.function} returned`, odd: false }
    case 'function-failed': {
      const how = event.error === 'error' ? 'failed' : `failed (${event.error})`
      const label = `${event.function} ${how}${nth(event.attempt)}${blame(event.fault)}`
      return { kind: 'failed', actor: event.function, label, odd: true }
    }
    case 'aws-called':
      return call(event)
    case 'item-parked':
      return { kind: 'parked', actor: 'error table', label: 'item parked', odd: false }
    case 'item-drained':
      return { kind: 'drained', actor: 'error table', label: 'item gone from the error table', odd: false }
  }
}

function call(event: AwsCalled): Hop {
  const { function: role, service, operation, status, error, entries, refused = 0, applied } = event
  const name = `${service}.${operation}`
  const answer = status === 0 ? `got no answer (${error ?? 'reset'})` : `answered ${status}${error ? ` ${error}` : ''}`
  const part = refused > 0 ? ` with ${refused} of ${entries ?? refused} refused` : ''
  const failed = status === 0 || status >= 300
  const carried = failed ? (applied ? ', carried out all the same' : ', not carried out') : ''
  const odd = failed || refused > 0 || event.fault !== undefined
  return {
    kind: 'called',
    actor: role === '' ? 'aws' : role,
    label: `${name} ${answer}${part}${carried}${blame(event.fault)}`,
    odd: odd || handOvers.has(name),
  }
}

function nth(attempt: number): string {
  return attempt === 1 ? '' : `, attempt ${attempt}`
}

function blame(fault: string | undefined): string {
  return fault === undefined ? '' : ` [fault ${fault}]`
}
