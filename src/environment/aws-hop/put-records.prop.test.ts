import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failedCount, joinAnswer, splitRecords } from './put-records.ts'

interface Result {
  readonly SequenceNumber?: string
  readonly ErrorCode?: string
}

/** Kinesis that takes what it is given, except for the data `bad`; sequence numbers are the data. */
function kinesis(body: string): string {
  const { Records } = JSON.parse(body) as { Records: readonly { Data: string }[] }
  const results = Records.map(({ Data }) =>
    Data === 'bad' ? { ErrorCode: 'InternalFailure' } : { SequenceNumber: Data },
  )
  const FailedRecordCount = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length
  return JSON.stringify({ FailedRecordCount, Records: results, EncryptionType: 'NONE' })
}

const data = fc.array(fc.oneof(fc.constant('bad'), fc.uuid()), { minLength: 1, maxLength: 40 })
const refuse = fc.array(fc.integer({ min: -2, max: 45 }), { maxLength: 45 })

test('each entry is refused or answered as the real service did, at its own place', () => {
  fc.assert(
    fc.property(data, refuse, (datas, indexes) => {
      const body = JSON.stringify({ StreamName: 's', Records: datas.map((Data) => ({ Data, PartitionKey: 'p' })) })
      const split = splitRecords(body, indexes)
      if (split === undefined) throw new Error('not split')
      const text = joinAnswer(split, split.kept === undefined ? undefined : kinesis(split.kept))
      const answer = JSON.parse(text) as { FailedRecordCount: number; Records: readonly Result[] }
      expect(answer.Records).toHaveLength(datas.length)
      datas.forEach((Data, index) => {
        const { SequenceNumber, ErrorCode } = answer.Records[index] ?? {}
        if (indexes.includes(index)) expect(ErrorCode).toBe('ProvisionedThroughputExceededException')
        else if (Data === 'bad') expect(ErrorCode).toBe('InternalFailure')
        else expect(SequenceNumber).toBe(Data)
      })
      expect(failedCount(text)).toBe(answer.Records.filter(({ ErrorCode }) => ErrorCode !== undefined).length)
      expect(split.refused).toEqual(datas.flatMap((_, index) => (indexes.includes(index) ? [index] : [])))
    }),
  )
})

test('what is no PutRecords is left alone', () => {
  for (const body of ['', '{', 'null', '{"Records":3}', '{}']) expect(splitRecords(body, [0])).toBeUndefined()
  expect(failedCount('no json')).toBe(0)
})
