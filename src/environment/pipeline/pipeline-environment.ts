// The environment of pipelines: emulator, AWS fault hop and the handler's downstream, started once; each scenario gets a
// stack of its own in it. It starts, says what it sees as history events, lends scenarios their fault surface, and stops
// without a trace. It puts no objects and judges nothing.
//
//     put ─► emulator: S3 ─► SNS ─► EventPusher ─► Kinesis ─► Dispatcher ─► Main ─► ...
//                                        │ every call of theirs            │ lines
//                                        └────────────► fault hop ─────────┴─► sink

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import type { FaultKind } from '../../core/fault.ts'
import type { NewEvent } from '../../core/history.ts'
import { stopAll } from '../../core/stop-all.ts'
import { objectsNamed } from '../../pipeline/named-objects.ts'
import { startAwsHop } from '../aws-hop/aws-hop.ts'
import { type Emulator, startEmulator } from '../emulator/emulator.ts'
import { releasePorts, reservePorts } from '../process/ports.ts'
import type { Watchdog } from '../process/watchdog.ts'
import { processLife } from '../process-life.ts'
import { startSink } from '../sink/sink.ts'
import type { LocalstackTool } from '../tools/localstack-tool.ts'
import { awsClients } from './aws-clients.ts'
import { callEvents } from './call-events.ts'
import { type DeployedPipeline, type DeployParts, deployPipeline, type PreparedPipeline } from './deployed-pipeline.ts'
import { type FunctionOwner, functionEvents } from './function-events.ts'
import { objectPuts } from './object-puts.ts'
import { type Step, steps } from './steps.ts'

export interface PipelineEnvironmentOptions {
  /** Names its folder in the run's. */
  readonly suffix: string
  readonly watchdog: Watchdog
  readonly tool: LocalstackTool
  readonly seed: string
  readonly originMs: number
  readonly wallOffsetMs: number
  readonly scenarios: readonly PreparedPipeline[]
  readonly faultKinds: readonly FaultKind[]
  /** LocalStack's names of the services that the stacks need. */
  readonly services: readonly string[]
  readonly emit: (event: NewEvent) => void
  readonly signal: AbortSignal
}

export interface PipelineEnvironment {
  /** From the first step of starting to the last readiness. */
  readonly readyMs: number
  /** Aborted when the emulator ends although nobody stopped it; the reason is an EnvironmentError. */
  readonly lost: AbortSignal
  deploy(scenario: string): Promise<DeployedPipeline>
  /** Resolves when every process is gone. */
  stop(): Promise<void>
}

/** @throws EnvironmentError when it cannot be started; then nothing of it is left */
export async function startPipelineEnvironment(options: PipelineEnvironmentOptions): Promise<PipelineEnvironment> {
  const { emit, originMs, watchdog, signal, scenarios } = options
  const startedMs = monotonicMs()
  const stops: (() => Promise<void>)[] = []
  const stop = () => stopAll(stops.splice(0).reverse())
  const deployed = new Map<string, DeployedPipeline>()
  const ownerOf = (functionName: string): FunctionOwner | undefined => {
    for (const pipeline of deployed.values()) {
      const owner = pipeline.ownerOf(functionName)
      if (owner !== undefined) return owner
    }
    return undefined
  }
  try {
    const now = () => monotonicMs() - originMs
    const folder = join(watchdog.runFolder.path, `emulator${options.suffix}`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const [port] = await reservePorts(1)
    if (port === undefined) throw new Error('no port was reserved')
    stops.push(async () => releasePorts([port]))
    const trace = functionEvents({ ownerOf, emit, originMs })
    const sink = await startSink({ emit, now })
    stops.push(() => sink.stop())
    const emulator: { current?: Emulator } = {}
    const endpoint = `http://127.0.0.1:${port}`
    const calls = callEvents({ pipelines: () => deployed.values(), emit, requestIdOf: trace.requestIdOf })
    const hop = await startAwsHop({
      upstream: () => endpoint,
      sink: () => `http://127.0.0.1:${sink.port}`,
      now,
      namesOf: objectsNamed,
      crash: (invocation16) => emulator.current?.kill(invocation16),
      ...calls,
    })
    stops.push(() => hop.stop())
    const life = processLife({ scenario: '', emit, now })
    const running = await startEmulator({
      tool: options.tool,
      watchdog,
      folder,
      port,
      services: options.services,
      functionEndpoint: () => hop.url,
      asyncRetryMs: asyncRetryOf(scenarios),
      timeoutMsMax,
      life,
      trace,
      signal,
      onLog: ({ level, text }) =>
        emit({ kind: 'log-line', src: 'runner', atMs: now(), scenario: '', process: 'localstack', level, text }),
    })
    emulator.current = running
    stops.push(() => running.stop())
    const closing = new AbortController()
    // With each of these every call to the emulator is over, also one that is tried again or hangs.
    const ending = AbortSignal.any([signal, running.lost, closing.signal])
    const aws = awsClients(endpoint, ending)
    stops.push(async () => aws.destroy())
    const puts = objectPuts(endpoint, ending)
    stops.push(async () => puts.stop())
    stops.push(async () => closing.abort(new EnvironmentError('the emulator is being stopped')))
    const parts: DeployParts = {
      ...options,
      ...{ aws, puts, emulator: running, sink, sinkUrl: hop.sinkUrl, now, signal: ending },
    }
    const step = steps(ending)
    return {
      readyMs: monotonicMs() - startedMs,
      lost: running.lost,
      async deploy(name) {
        const prepared = scenarios.find(({ record }) => record.name === name)
        if (prepared === undefined) throw new Error(`no such scenario in this environment: ${name}`)
        const pipeline = await step(`${name} could not be deployed`, deployMaxMs, () =>
          deployPipeline(prepared, parts, (early) => deployed.set(name, early)),
        )
        return {
          ...inSteps(pipeline, step),
          async remove() {
            if (ending.aborted) await pipeline.remove()
            else await step(`${name} could not be removed`, removeMaxMs, pipeline.remove)
            deployed.delete(name)
          },
        }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const deployMaxMs = 120_000
const removeMaxMs = 30_000
const lookMaxMs = 60_000
/** Item by item a drain takes its time, and it waits out a frozen emulator. */
const operateMaxMs = 900_000
const wholeRunMaxMs = 24 * 3_600_000

function inSteps(pipeline: DeployedPipeline, step: Step): DeployedPipeline {
  return {
    ...pipeline,
    look: () => step(`${pipeline.scenario} could not be looked into`, lookMaxMs, pipeline.look),
    operate: (operation, signal) => {
      const what = `${operation.kind} of ${pipeline.scenario} could not be done`
      // A controller goes on until the signal ends it.
      const limitMs = operation.kind === 'control' ? wholeRunMaxMs : operateMaxMs
      return step(what, limitMs, () => pipeline.operate(operation, signal))
    },
  }
}

/** What a planned timeout takes instead of the function's own 300 s, on the compressed clock. */
const timeoutMsMax = 1_000

/** One emulator has one clock: who starts it gives it scenarios that want the same one. */
function asyncRetryOf(scenarios: readonly PreparedPipeline[]): readonly [number, number] {
  const [first, ...others] = scenarios.map(({ record }) => record.pipeline.asyncRetryMs)
  if (first === undefined) throw new Error('an environment without scenarios')
  if (others.some((other) => other.join() !== first.join())) throw new Error('scenarios of different clocks together')
  return first
}
