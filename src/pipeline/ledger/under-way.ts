// Whether somebody still works on an object: a record that stands in a lane, an invocation that has not ended, a hand-over
// or a retry that the platform still owes. A hand-over is believed for a while only, for a function that was never told
// (a queue without a subscriber, an error without a dead-letter queue) would otherwise be "about to be" for ever.
//
//     put ──► event-pusher ──► lane ──► dispatcher ──► main ──► reporter ──► error table
//       owes              stands     ends         owes      owes

import type {
  AwsCalled,
  FunctionFailed,
  FunctionInvoked,
  FunctionReturned,
  LineRange,
  RecordInLane,
} from '../../core/history.ts'
import { type Account, type AsyncRole, asyncRole, asyncRoles, attemptsMax, workOf } from './account.ts'
import { compareSequences } from './sequence.ts'

/** A function that was told to begin and has not, while it did nothing else for so long, will not. */
const handOverMs = 5000

interface OpenInvocation {
  readonly accounts: readonly Account[]
  /** With its lane. */
  readonly shard: string
  readonly sequence: string
}

export interface Evidence {
  /** In words, `main has not ended`. */
  readonly why: string
  /** Only these lines are under way; absent: any. */
  readonly lines?: readonly LineRange[]
}

export interface UnderWay {
  recordInLane(account: Account, event: RecordInLane): void
  invoked(accounts: readonly Account[], event: FunctionInvoked): void
  /** The accounts that the invocation was about. */
  ended(event: FunctionReturned | FunctionFailed): readonly Account[]
  called(accounts: readonly Account[], event: AwsCalled): void
  evidence(account: Account, endMs: number, drained: boolean): Evidence | undefined
}

/** `retryMs`: the longest wait between two attempts. */
export function underWay(retryMs: number): UnderWay {
  const open = new Map<string, OpenInvocation>()
  const activeMs = new Map<string, number>()
  const batches = new Map<string, Set<string>>()
  /** By lane and shard, for both lanes call their shards alike: the highest sequence number of a record that was seen, and of the first record of a batch that began. */
  const seenUpTo = new Map<string, string>()
  const begunUpTo = new Map<string, string>()
  const openDrains = new Set<string>()

  const owe = (account: Account, role: AsyncRole, atMs: number) => {
    const handOver = workOf(account)?.handOvers[role]
    if (handOver === undefined) return
    handOver.owed++
    handOver.sinceMs = atMs
  }

  const dispatched = ({ accounts, shard, sequence }: OpenInvocation) => {
    const done = batches.get(shard) ?? new Set()
    batches.set(shard, done)
    // The same batch delivered twice takes no second record off the lane.
    if (done.has(sequence)) return
    done.add(sequence)
    for (const account of accounts) {
      const work = workOf(account)
      if (work === undefined) continue
      const index = work.standing.findIndex(
        (record) => (shard === '' || placeOf(record) === shard) && compareSequences(record.sequence, sequence) >= 0,
      )
      if (index !== -1) work.standing.splice(index, 1)
      // A batch of which a part failed comes again, with records that were taken off already.
      else if (work.records === 0 || compareSequences(seenUpTo.get(shard) ?? '', sequence) < 0) work.dispatchedEarly++
    }
  }

  const rise = (levels: Map<string, string>, shard: string, sequence: string) => {
    if (compareSequences(sequence, levels.get(shard) ?? '') > 0) levels.set(shard, sequence)
  }

  return {
    recordInLane(account, { lane, shard, sequence, lines }) {
      rise(seenUpTo, placeOf({ lane, shard }), sequence)
      const work = workOf(account)
      if (work === undefined) return
      work.records++
      if (work.dispatchedEarly > 0) work.dispatchedEarly--
      else work.standing.push({ lane, shard, sequence, lines })
    },
    invoked(accounts, event) {
      const { function: role, sequence = '', attempt, atMs } = event
      const shard =
        event.shard === undefined ? '' : placeOf({ lane: role.replace('dispatcher-', ''), shard: event.shard })
      activeMs.set(role, atMs)
      const key = keyOf(event)
      open.set(key, { accounts, shard, sequence })
      if (shard !== '') rise(begunUpTo, shard, sequence)
      if (role === 'drain') openDrains.add(key)
      const target = asyncRole(role)
      for (const account of accounts) {
        const work = workOf(account)
        if (work === undefined) continue
        work.open++
        if (target === undefined) continue
        const handOver = work.handOvers[target]
        if (attempt === 1) handOver.begun++
        else if (handOver.retries > 0) handOver.retries--
      }
    },
    ended(event) {
      const { function: role, attempt, atMs } = event
      activeMs.set(role, atMs)
      const key = keyOf(event)
      openDrains.delete(key)
      const invocation = open.get(key)
      if (invocation === undefined) return []
      open.delete(key)
      const target = asyncRole(role)
      for (const account of invocation.accounts) {
        const work = workOf(account)
        if (work === undefined) continue
        work.open--
        if (target === undefined || event.kind === 'function-returned') continue
        if (attempt < attemptsMax || event.error === 'throttled') {
          work.handOvers[target].retries++
          work.handOvers[target].sinceMs = atMs
        } else if (target !== 'reporter') owe(account, 'reporter', atMs)
      }
      if (role.startsWith('dispatcher') && event.kind === 'function-returned') dispatched(invocation)
      return invocation.accounts
    },
    called(accounts, { service, operation, function: role, applied, atMs }) {
      if (!applied) return
      const asks =
        service === 'lambda' && operation === 'Invoke' && role.startsWith('dispatcher')
          ? 'main'
          : service === 'sns' && (role === 'main' || role.startsWith('dispatcher'))
            ? 'reporter'
            : undefined
      if (asks !== undefined) for (const account of accounts) owe(account, asks, atMs)
    },
    evidence(account, endMs, drained) {
      const work = workOf(account)
      if (work === undefined) return undefined
      if (work.open > 0) return { why: 'an invocation that works on it has not ended' }
      // A shard is read in its order: what stands before the latest batch was taken with an earlier one.
      const standing = work.standing.filter(
        (record) => compareSequences(record.sequence, begunUpTo.get(placeOf(record)) ?? '') >= 0,
      )
      const [record] = standing
      if (record !== undefined) {
        const why = `its record stands in lane ${record.lane}, not yet dispatched`
        if (standing.some(({ lines }) => lines === undefined)) return { why }
        return { why, lines: standing.flatMap(({ lines = [] }) => lines) }
      }
      if (drained && openDrains.size > 0) return { why: 'the drain that took it has not ended' }
      for (const role of asyncRoles) {
        const { owed, begun, retries, sinceMs } = work.handOvers[role]
        // Every put owes one. A record in a lane shows that it was done, whether the invocation was seen or not.
        const waits = role === 'event-pusher' ? begun === 0 && work.records === 0 : owed > begun
        if (!waits && retries === 0) continue
        const aliveMs = Math.max(sinceMs, account.putAtMs, activeMs.get(role) ?? 0)
        if (endMs - aliveMs >= handOverMs + (retries > 0 ? retryMs : 0)) continue
        return { why: waits ? `${role} was not invoked yet` : `${role} has attempts left` }
      }
      return undefined
    },
  }
}

function placeOf({ lane, shard }: { readonly lane: string; readonly shard: string }): string {
  return `${lane} ${shard}`
}

function keyOf({ function: role, invocation, attempt }: FunctionInvoked | FunctionReturned | FunctionFailed): string {
  return `${role} ${invocation} ${attempt}`
}
