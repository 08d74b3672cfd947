// Partial failure of PutRecords, forged from the real thing: refused entries are taken out of the request, and put into the
// answer as errors at the place where they stood. So what the caller is told and what stands in the stream agree.

interface PutRecordsRequest {
  readonly StreamName?: string
  readonly StreamARN?: string
  readonly Records: readonly unknown[]
}

export interface SplitRecords {
  readonly entries: number
  /** Indexes of the refused entries that exist, in order. */
  readonly refused: readonly number[]
  /** The request without them; undefined when nothing is left of it. */
  readonly kept: string | undefined
  readonly stream: string
}

/** Undefined when the body is no PutRecords request. */
export function splitRecords(body: string, refuse: readonly number[]): SplitRecords | undefined {
  const request = asRequest(body)
  if (request === undefined) return undefined
  const wanted = new Set(refuse)
  const refused = request.Records.flatMap((_, index) => (wanted.has(index) ? [index] : []))
  const Records = request.Records.filter((_, index) => !wanted.has(index))
  return {
    entries: request.Records.length,
    refused,
    kept: Records.length === 0 ? undefined : JSON.stringify({ ...request, Records }),
    stream: request.StreamName ?? request.StreamARN?.split('/').at(-1) ?? '',
  }
}

/** @param real the answer to what was kept; undefined when nothing was sent */
export function joinAnswer(split: SplitRecords, real: string | undefined): string {
  const answered: Record<string, unknown> = real === undefined ? { Records: [] } : parsed(real)
  const results = Array.isArray(answered.Records) ? [...answered.Records] : []
  const failedBefore = typeof answered.FailedRecordCount === 'number' ? answered.FailedRecordCount : 0
  const refused = new Set(split.refused)
  const Records = Array.from({ length: split.entries }, (_, index) =>
    refused.has(index)
      ? {
          ErrorCode: 'ProvisionedThroughputExceededException',
          ErrorMessage: `Rate exceeded for shard shardId-000000000000 in stream ${split.stream} under account 000000000000.`,
        }
      : results.shift(),
  )
  return JSON.stringify({ ...answered, FailedRecordCount: failedBefore + split.refused.length, Records })
}

/** How many entries an answer says were refused. */
export function failedCount(answer: string): number {
  const count = parsed(answer).FailedRecordCount
  return typeof count === 'number' ? count : 0
}

function asRequest(body: string): PutRecordsRequest | undefined {
  const request = parsed(body)
  return Array.isArray(request.Records) ? (request as unknown as PutRecordsRequest) : undefined
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
