// Carries out a scenario's operations on its deployed pipeline, and tells each: drain, limit, and a controller that sets
// limits again and again.

import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import { decide } from '../../core/random.ts'
import type { OperationRecord } from '../../core/scenario-record.ts'
import { until } from '../../core/until.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import type { AwsClients } from './aws-clients.ts'
import { nextDelayMs } from './delay-controller.ts'
import { drain, limitLane } from './operations.ts'
import { isServiceAnswer } from './steps.ts'

export interface OperatorOptions {
  readonly aws: AwsClients
  readonly config: PipelineConfig
  readonly table: string
  readonly seed: string
  /** Of the run and of the emulator: what fails after it fails because of it. */
  readonly signal: AbortSignal
  /** p99 of the handler's downstream in the last second. */
  readonly latencyMs: () => number | undefined
  readonly watch: { readonly scenario: string; readonly emit: (event: NewEvent) => void; readonly now: () => number }
}

type Operation<Kind extends OperationRecord['kind']> = Extract<OperationRecord, { readonly kind: Kind }>

const controlledDelayMsMax = 10_000

/** Resolves when the operation is done; a `control` when the signal ends it. */
export function operator(options: OperatorOptions): (operation: OperationRecord, signal: AbortSignal) => Promise<void> {
  return async (operation, signal) => {
    if (operation.kind === 'drain') await drainItems(operation, options)
    else if (operation.kind === 'limit') await limit(operation, options)
    else await control(operation, options, signal)
  }
}

async function drainItems({ chosenRatio, oneByOne }: Operation<'drain'>, options: OperatorOptions): Promise<void> {
  const { seed } = options
  if (chosenRatio >= 1 && oneByOne !== true) {
    tell(options, 'drain', 'all', {})
    return drainOnce(undefined, options)
  }
  const ids = (await itemIds(options)).filter((id) => decide(seed, 'drain', id) < chosenRatio)
  tell(options, 'drain', `${ids.length} chosen${oneByOne === true ? ', one by one' : ''}`, { items: ids.length })
  if (oneByOne !== true) return drainOnce(ids, options)
  for (const id of ids) await drainOnce([id], options)
}

async function drainOnce(ids: readonly string[] | undefined, options: OperatorOptions): Promise<void> {
  try {
    await drain(options.aws.lambda, options.config.stackName, ids)
  } catch (error) {
    // That a drain can fail is what some scenarios are about; a person would see it and drain again.
    const { name, message } = error as Error
    if (options.signal.aborted) throw error
    if (error instanceof EnvironmentError) tell(options, 'drain-failed', message.slice(0, 300), {})
    else if (isServiceAnswer(error)) tell(options, 'drain-failed', `${name}: ${message}`.slice(0, 300), {})
    else throw error
  }
}

async function itemIds({ aws, table }: OperatorOptions): Promise<readonly string[]> {
  const ids: string[] = []
  let from: Record<string, { readonly S: string }> | undefined
  do {
    const page = await aws.dynamodb.send(
      new ScanCommand({
        TableName: table,
        ProjectionExpression: 'request_id',
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    )
    ids.push(...(page.Items ?? []).flatMap(({ request_id }) => request_id?.S ?? []))
    from = page.LastEvaluatedKey as typeof from
  } while (from !== undefined)
  return ids
}

async function limit(operation: Operation<'limit'>, options: OperatorOptions): Promise<void> {
  const { lane, delayMs, batchSize } = operation
  const values = { ...(delayMs === undefined ? {} : { delayMs }), ...(batchSize === undefined ? {} : { batchSize }) }
  await limitLane(options.aws.lambda, options.config.stackName, lane, values)
  tell(options, 'limit', lane, values)
}

async function control(
  { lane, latencyTargetMs, everyMs }: Operation<'control'>,
  options: OperatorOptions,
  signal: AbortSignal,
): Promise<void> {
  const settings = { targetMs: latencyTargetMs, delayMsMax: controlledDelayMsMax }
  let delayMs = options.config.lanes[lane].delayMs
  while (await until(monotonicMs() + everyMs, signal)) {
    const wanted = nextDelayMs(delayMs, options.latencyMs(), settings)
    if (wanted === delayMs) continue
    delayMs = wanted
    await limit({ kind: 'limit', when: 0, lane, delayMs }, options)
  }
}

function tell(
  { watch }: OperatorOptions,
  action: string,
  detail: string,
  values: Readonly<Record<string, number>>,
): void {
  watch.emit({
    kind: 'operator-acted',
    src: 'runner',
    atMs: watch.now(),
    scenario: watch.scenario,
    action,
    detail,
    values,
  })
}
