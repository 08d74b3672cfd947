// What of AWS the emulator holds to, a row for each semantic that a pipeline may depend on. The conformance tests prove every
// row, on the emulator with all mends and on one without them; the runner refuses a scenario whose check needs a row that
// does not hold. A table of data: nothing here talks to the emulator.

export interface Semantic {
  readonly id: string
  readonly sentence: string
  /** `stock`: LocalStack with our executor alone. `mended`: with the mend named. `no`: not even then. */
  readonly holds: 'stock' | 'mended' | 'no'
  /** Of mended rows the mend's name; of others that do not hold, why, in words for who wrote the scenario. */
  readonly reason?: string
  /** Whether the stock version fails is a matter of chance (a race), so the tests do not ask for it. */
  readonly stockFailsByChance?: boolean
}

export const SEMANTICS: readonly Semantic[] = [
  // Asynchronous invocation
  stock('async-three-attempts', 'A failing asynchronous invocation has three attempts, all with one request id.'),
  mended('async-retry-delays', 'async_retry', 'Attempts 2 and 3 come after 1 and 2 minutes of the compressed clock.'),
  mended('async-event-age', 'async_retry', 'MaximumEventAgeInSeconds runs on the same compressed clock.'),
  mended(
    'async-parallelism',
    'async_parallelism',
    'How many asynchronous invocations of a function run at once can be set.',
  ),
  stock('async-throttled-not-lost', 'A throttled asynchronous invocation is tried until it runs, and is no attempt.'),
  mended('async-throttle-doubles', 'throttle_backoff', 'The back-off of a throttled asynchronous invocation doubles.'),
  mended(
    'planned-throttle-keeps-process',
    'planned_throttle',
    "A refused invocation costs the function's process nothing.",
  ),
  mended('async-payload-limit', 'payload_limits', 'An asynchronous event has at most 1 MB.'),
  mended('sync-payload-limit', 'payload_limits', 'A synchronous event has at most 6 MB.'),
  stock('result-limit', 'A result has at most 6 MB; a larger one is Function.ResponseSizeTooLarge.'),
  stock('dlq-message', 'A dead letter bears ErrorCode 200 and ErrorMessage; its body is the event.'),
  mended('dlq-request-id', 'dlq_request_id', "A dead letter's RequestID is the one of the invocation."),
  mended('dlq-empty-message', 'dlq_request_id', 'An error without a message reaches the dead-letter queue, too.'),
  mended(
    'dlq-concurrency-zero',
    'dlq_concurrency_zero',
    'With reserved concurrency 0 events go to the dead-letter queue.',
  ),
  stock('failure-destination', 'What failed three times goes to the OnFailure destination.'),
  stock('duplicates', 'An asynchronous event can be delivered twice with one request id (by plan, in the executor).'),
  // SNS and S3
  stock('sns-retried', 'SNS delivers to Lambda at least once: a failing function gets the message again.'),
  mended('s3-event-key', 's3_event_key', 'Keys in S3 events are encoded as in a form: a space is `+`, a plus `%2B`.'),
  mended('s3-event-time', 's3_event_time', 'The time of an S3 event is UTC wherever the emulator runs.'),
  // Functions
  stock('function-timeout', 'A function is ended at its timeout, with the words of AWS.'),
  stock('function-crash', 'A process that exits is Runtime.ExitError, and the next invocation finds a new one.'),
  stock('function-busy', 'A busy loop is ended at the timeout as well.'),
  stock('function-memory', 'A function that takes more memory than it has is ended.'),
  stock('reserved-concurrency', 'Past the reserved concurrency a synchronous invocation is refused with 429.'),
  mended(
    'reserved-concurrency-cfn',
    'reserved_concurrency_cfn',
    'Templates set ReservedConcurrentExecutions, also on update.',
  ),
  mended('parallel-invocations', 'environment_race', 'Invocations at the same time do not fail each other.', true),
  // Mappings of streams
  stock('mapping-defaults', 'A mapping has retries -1, record age -1, bisect false, parallelization 1 by default.'),
  stock('mapping-order', 'Records of a shard are delivered in order, in batches of at most BatchSize.'),
  stock('mapping-poison-blocks', 'A batch that fails is tried again and blocks its shard.'),
  stock('mapping-retries', 'MaximumRetryAttempts ends the retries; the batch goes to the OnFailure destination.'),
  stock('mapping-record-age', 'MaximumRecordAgeInSeconds ends the retries.'),
  stock('lanes-isolated', 'A blocked mapping does not hold up the mapping of another stream.'),
  mended('shards-in-parallel', 'shards_in_parallel', 'A blocked shard does not hold up other shards of its stream.'),
  mended('disable-while-failing', 'shards_in_parallel', 'Disabling a mapping takes effect while a batch is failing.'),
  mended('mapping-read', 'poll_records', 'A mapping reads many records at once and cuts them into batches.'),
  mended('bisect', 'bisect', 'BisectBatchOnFunctionError isolates a poison record without using up retries.'),
  mended('mapping-update', 'mapping_update', 'A changed mapping goes on where it was.'),
  mended('mapping-enable', 'mapping_update', 'A mapping that was disabled goes on where it was.'),
  mended('mapping-throttles', 'mapping_throttles', 'Throttled batches do not use up MaximumRetryAttempts.'),
  mended('retention-ends-retries', 'record_expiry', 'The retention of the stream ends the retries of a batch.'),
  no(
    'parallelization-factor',
    'With ParallelizationFactor n a shard has n batches under way.',
    'the emulator has one batch a shard under way',
  ),
  // Kinesis
  stock('put-records-limits', 'PutRecords takes at most 500 records and 5 MiB.'),
  mended('shard-record-rate', 'kinesis', 'A shard takes 1,000 records/s; PutRecords fails for the others only.'),
  mended('shard-byte-rate', 'kinesis', 'A shard takes 1 MiB/s; PutRecords fails for the others only.'),
  mended(
    'sequence-numbers',
    'kinesis',
    'Under eight writers sequence numbers are distinct, rising, and too long for a double.',
  ),
  stock('arrival-time', 'A record bears the time of its arrival, wherever the emulator runs.'),
  mended('stream-retention', 'kinesis', 'Records leave the stream after its retention.'),
  // DynamoDB and CloudWatch
  mended('dynamodb-conditions', 'dynamodb', 'Of conditional puts of one key at the same time one succeeds.', true),
  no(
    'dynamodb-capacity',
    'Writes past the provisioned capacity of a table are throttled.',
    'the emulator does not count capacity; forge ProvisionedThroughputExceededException in the fault hop',
  ),
  no(
    'lambda-metrics',
    'Lambda publishes Throttles, Duration, ConcurrentExecutions and IteratorAge.',
    'the emulator publishes Invocations and Errors only',
  ),
]

/** Why a check that needs this semantic cannot be trusted on the emulator; nothing when it can. */
export function semanticProblem(id: string): string | undefined {
  const semantic = SEMANTICS.find((each) => each.id === id)
  if (semantic === undefined) return `there is no semantic "${id}" in the table of semantics`
  return semantic.holds === 'no'
    ? `${semantic.sentence} Not so here: ${semantic.reason ?? 'it does not hold'}.`
    : undefined
}

function stock(id: string, sentence: string): Semantic {
  return { id, sentence, holds: 'stock' }
}

function mended(id: string, mend: string, sentence: string, stockFailsByChance = false): Semantic {
  return { id, sentence, holds: 'mended', reason: mend, stockFailsByChance }
}

function no(id: string, sentence: string, reason: string): Semantic {
  return { id, sentence, holds: 'no', reason }
}
