// Partial failure: PutRecords answers 200 and refuses some of its entries, as Kinesis does when a shard is at its limit. SDKs
// do not retry that; who ignores FailedRecordCount loses events.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { randomStream } from '../core/random.ts'
import { shareOf } from './abort.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'

const expected = 'how many entries (1, 2, ...), or a share of them (above 0, below 1)'

const schema = z.strictObject({
  entries: z
    .number({ error: expected })
    .positive({ error: expected })
    .refine((entries) => entries < 1 || Number.isInteger(entries), { error: expected })
    .default(1)
    .describe('Entries to refuse: a whole number of them, or below 1 a share of the call'),
  ...hitSettings,
})

type PartialFailure = z.output<typeof schema>

export const partialFailure: FaultKind<PartialFailure> = {
  name: 'partial-failure',
  about: 'Refuses some entries of kinesis.PutRecords, whose answer is a success all the same.',
  schema,
  isolated: false,
  describe: (config) => {
    const { entries } = config
    const what = entries < 1 ? `${shareOf(entries)} entries` : entries === 1 ? '1 entry' : `${entries} entries`
    return `${what} refused ${onWhat(config, 'calls')}`
  },
  planCall(config, call, rolls) {
    if (call.service !== 'kinesis' || call.operation !== 'PutRecords' || !hits(config, call, rolls)) return undefined
    const count = config.entries < 1 ? Math.max(1, Math.round(config.entries * call.entries)) : config.entries
    return { refuseEntries: chosen(Math.min(count, call.entries), call.entries, String(rolls.each())) }
  },
}

/** `count` of `entries` indexes, in order, the same for the same seed. */
function chosen(count: number, entries: number, seed: string): readonly number[] {
  const draw = randomStream(seed, 'entries')
  const left = Array.from({ length: entries }, (_, index) => index)
  const taken = Array.from({ length: count }, () => left.splice(Math.floor(draw() * left.length), 1)[0] ?? 0)
  return taken.sort((a, b) => a - b)
}
