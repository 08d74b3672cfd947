// A running emulator for live tests, with functions made from a few lines of source, a fault plan by function, and all that
// the executor told. Functions' AWS calls go to the emulator itself.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { strToU8, zipSync } from 'fflate'
import { monotonicMs } from '../../core/clock.ts'
import type { NewEvent } from '../../core/history.ts'
import type { InvocationAction } from '../../core/pipeline-fault.ts'
import { nameRunFolder } from '../process/run-folder.ts'
import { waitUntil } from '../process/wait-until.ts'
import { startWatchdog, type Watchdog } from '../process/watchdog.ts'
import { processLife } from '../process-life.ts'
import { ensureLocalstack } from '../tools/localstack-tool.ts'
import {
  type Emulator,
  type EmulatorOptions,
  type FunctionLog,
  type InvocationAsk,
  type InvocationResult,
  startEmulator,
} from './emulator.ts'

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
export const region = 'us-east-1'

export interface Outcome {
  readonly requestId: string
  readonly error: string | undefined
  readonly payload: unknown
  readonly logTail: string
  readonly tookMs: number
}

export interface TestEmulator {
  readonly emulator: Emulator
  readonly watchdog: Watchdog
  readonly folder: string
  readonly asks: InvocationAsk[]
  readonly results: InvocationResult[]
  readonly logs: FunctionLog[]
  /** Names of LocalStack's own complaints. */
  readonly complaints: string[]
  readonly events: NewEvent[]
  /** What is done to the function's next invocations, one after the other. */
  readonly plan: Map<string, InvocationAction[]>
  /** Called when an invocation is asked for, before its plan. */
  onAsk: (ask: InvocationAsk) => void
  pids(functionName: string): number[]
  create(name: string, file: string, source: string, more?: Partial<CreateFunctionCommandInput>): Promise<void>
  invoke(name: string, event?: unknown): Promise<Outcome>
  /** Fails after 20 s. */
  until(what: string, condition: () => boolean): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const allServices = ['s3', 'sns', 'sqs', 'kinesis', 'lambda', 'dynamodb', 'cloudformation']

export async function startTestEmulator(options: Partial<EmulatorOptions> = {}): Promise<TestEmulator> {
  const tool = await ensureLocalstack()
  const watchdog = await startWatchdog(nameRunFolder())
  await watchdog.ready
  const folder = join(watchdog.runFolder.path, 'emulator')
  mkdirSync(folder)
  const told = { asks: [] as InvocationAsk[], results: [] as InvocationResult[], logs: [] as FunctionLog[] }
  const complaints: string[] = []
  const events: NewEvent[] = []
  const plan = new Map<string, InvocationAction[]>()
  const pids = new Map<string, Set<number>>()
  const test: { onAsk: (ask: InvocationAsk) => void } = { onAsk: () => undefined }
  const emulator = await startEmulator({
    tool,
    watchdog,
    folder,
    services: allServices,
    life: processLife({ scenario: '', emit: (event) => events.push(event), now: monotonicMs }),
    onLog: ({ level, text }) => complaints.push(`${level}: ${text}`),
    trace: {
      ask(ask) {
        told.asks.push(ask)
        test.onAsk(ask)
        return ask.duplicate ? undefined : plan.get(ask.function)?.shift()
      },
      result: (result) => told.results.push(result),
      log: (log) => told.logs.push(log),
      process({ function: name, pid, state }) {
        const known = pids.get(name) ?? new Set()
        pids.set(name, known)
        if (state === 'started') known.add(pid)
        else known.delete(pid)
      },
    },
    ...options,
  }).catch(async (error) => {
    await watchdog.close()
    throw error
  })
  const lambda = new LambdaClient({ endpoint: emulator.endpoint, region, credentials, maxAttempts: 1 })
  return Object.assign(test, {
    ...{ emulator, watchdog, folder, complaints, events, plan, ...told },
    pids: (name: string) => [...(pids.get(name) ?? [])],
    create: (name: string, file: string, source: string, more: Partial<CreateFunctionCommandInput> = {}) =>
      createFunction(lambda, name, file, source, more),
    invoke: (name: string, event: unknown = {}) => invokeFunction(lambda, name, event),
    until: (what: string, condition: () => boolean) =>
      waitUntil(what, async () => condition(), { timeoutMs: 20_000, intervalMs: 10 }),
    async [Symbol.asyncDispose]() {
      lambda.destroy()
      await emulator.stop()
      await watchdog.close()
    },
  })
}

async function createFunction(
  lambda: LambdaClient,
  name: string,
  file: string,
  source: string,
  more: Partial<CreateFunctionCommandInput>,
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: file.endsWith('.py') ? 'python3.12' : 'nodejs22.x',
      Handler: `${file.replace(/\.\w+$/, '')}.handler`,
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: zipSync({ [file]: strToU8(source) }) },
      ...more,
    }),
  )
}

async function invokeFunction(lambda: LambdaClient, name: string, event: unknown): Promise<Outcome> {
  const startedMs = monotonicMs()
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), LogType: 'Tail' }),
  )
  return {
    requestId: answer.$metadata.requestId ?? '',
    error: answer.FunctionError,
    payload: JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null'),
    logTail: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
    tookMs: monotonicMs() - startedMs,
  }
}

/** False for what has ended, also where nobody has reaped it yet. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
