// The load of a pipeline: puts each planned object at its time, whatever became of the ones before it (open loop), and
// tells of each once S3 has answered. An object is put once; what S3 did not take is not owed, and is not put again.

import { monotonicMs } from '../../core/clock.ts'
import type { NewEvent, ObjectPut } from '../../core/history.ts'
import type { PipelineScenario } from '../../core/scenario-record.ts'
import { micros } from '../micros.ts'
import { followSchedule } from '../schedule.ts'
import { bytesOf, type ObjectBody } from './object-body.ts'
import { type ObjectContent, objectContent } from './object-content.ts'
import { type PlannedObject, planObjects } from './object-plan.ts'

export interface ObjectLoad {
  readonly scenario: PipelineScenario
  readonly seed: string
  /** The scenario's first moment and the run's, on the clock of `monotonicMs()`. */
  readonly startMs: number
  readonly originMs: number
  /** Where the declared routing sends an object; `bucket` as the config names it. */
  readonly destOf: (bucket: string, key: string) => ObjectPut['dest']
  /** The deployed name of a bucket of the config. */
  readonly bucketOf: (name: string) => string
  /** Resolves when S3 has taken it, throws when not; `bucket` is the deployed one. */
  readonly put: (bucket: string, key: string, body: ObjectBody) => Promise<void>
  /** Comes before the put of each object, so that whoever receives its lines knows them. */
  readonly onObject: (object: string, content: ObjectContent) => void
  readonly emit: (event: NewEvent) => void
  readonly signal: AbortSignal
}

/** Puts under way at once; what is due beyond that is told as not put, since bodies take memory. */
const openPutsMax = 1_000

/**
 * Resolves when every put was answered. After an abort it resolves at once, and tells of nothing any more.
 * @throws InputError for objects that cannot be made (`contentProblem`) or share their keys
 */
export async function runObjectLoad(load: ObjectLoad): Promise<void> {
  const { scenario, seed, startMs, signal } = load
  const plan = planObjects(seed, scenario.name, scenario.pipeline.objects)
  if (signal.aborted || plan.length === 0) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const open = { count: 0, scheduled: true }
  const endIfDone = () => {
    if (!open.scheduled && open.count === 0) resolve()
  }
  const schedule = followSchedule(
    plan.map(({ atMs }) => startMs + atMs),
    (due) => {
      const planned = plan[due]
      if (planned === undefined) return
      open.count++
      putObject(load, planned, open.count > openPutsMax)
        .catch(reject)
        .finally(() => {
          open.count--
          endIfDone()
        })
    },
    () => {
      open.scheduled = false
      endIfDone()
    },
  )
  signal.addEventListener('abort', () => resolve(), { once: true })
  try {
    await promise
  } finally {
    schedule.stop()
  }
}

async function putObject(load: ObjectLoad, planned: PlannedObject, refused: boolean): Promise<void> {
  const { scenario, signal } = load
  const source = scenario.pipeline.objects[planned.source]
  if (source === undefined) return
  const content = objectContent(load.seed, scenario.name, source, planned.index)
  const bucket = load.bucketOf(source.bucket)
  const object = `${bucket}/${content.key}`
  load.onObject(object, content)
  const outcome = refused
    ? { bytes: 0, error: `not put: ${openPutsMax} puts were under way` }
    : await answered(load, bucket, content)
  if (signal.aborted) return
  load.emit({
    kind: 'object-put',
    src: 'load',
    atMs: micros(monotonicMs() - load.originMs),
    scenario: scenario.name,
    object,
    source: planned.source,
    lines: content.lines,
    poison: content.poison,
    unreadable: content.unreadable,
    format: source.format,
    dest: load.destOf(source.bucket, content.key),
    intendedMs: micros(load.startMs + planned.atMs - load.originMs),
    ...outcome,
  })
}

async function answered(
  load: ObjectLoad,
  bucket: string,
  content: ObjectContent,
): Promise<{ readonly bytes: number; readonly error?: string }> {
  const body = await content.body()
  const bytes = bytesOf(body)
  try {
    await load.put(bucket, content.key, body)
    return { bytes }
  } catch (error) {
    const { name, message } = error as Error
    return { bytes, error: message === '' ? name : `${name}: ${message}` }
  }
}
