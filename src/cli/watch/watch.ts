// `shaketable run --watch`: runs scenarios, waits for a save, runs those that it concerns, and so on until an interrupt. The
// environment stays warm between runs (kept-parts.ts); each run has a whole run folder, a verdict and a comparison with the
// run before. A file that cannot be read is reported, and the next save is awaited.

import { dirname, resolve } from 'node:path'
import { isoNow, wallMs } from '../../core/clock.ts'
import { EnvironmentError, InputError } from '../../core/errors.ts'
import type { RunReport } from '../../core/report-model.ts'
import { liveMetrics } from '../../report/metrics-live.ts'
import { serveMetrics } from '../../report/metrics-server.ts'
import { compared, type EarlierRun, earlierRun, runIn } from '../compare-runs.ts'
import { withControlPlanes } from '../control-planes.ts'
import { judgeRun, writeReports } from '../finish-run.ts'
import { type Guard, guarded, Interrupted } from '../guarded.ts'
import { ensureTools, type PreparedRun, type RunWatcher, readClock, recordRun } from '../record-run.ts'
import { createRunDirectory } from '../run-directory.ts'
import { type ShakeOptions, sayingSeed } from '../shake.ts'
import { type KeptParts, keptParts } from './kept-parts.ts'
import { namedFiles, namedFolders } from './named-files.ts'
import { type Loaded, type ReloadOptions, reload } from './reload.ts'
import { type FileWatch, type Saved, watchFiles } from './watch-files.ts'
import { saidOfRun, saidOfWatch } from './watch-text.ts'

export interface WatchOptions extends ShakeOptions {
  readonly compare?: string
  /** After each run, when its reports are written. */
  readonly finished?: (report: RunReport, runFolder: string) => Promise<void>
}

/** Ends with an interrupt only. */
export async function watch(paths: readonly string[], seed: string, options: WatchOptions): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const first = await earlierRun(options.dir, options.compare)
  const earlier = first === undefined ? [] : [first]
  progress(sayingSeed(seed))
  await guarded(async (guard) => {
    await using closing = new AsyncDisposableStack()
    const metrics = liveMetrics()
    if (options.metrics !== undefined) {
      const server = closing.use(await serveMetrics(metrics.registry, options.metrics))
      progress(`metrics ${server.url}`)
    }
    const supply = keptParts(guard.signal)
    closing.defer(supply.reset)
    const files = watchFiles(progress)
    closing.defer(files.close)
    const watchers = [{ event: metrics.update }, ...(options.watchers ?? [])]
    await session({ paths, seed, options, progress, guard, supply, files, watchers, earlier })
  })
}

interface Session {
  readonly paths: readonly string[]
  readonly seed: string
  readonly options: WatchOptions
  readonly progress: (line: string) => void
  readonly guard: Guard
  readonly supply: KeptParts
  readonly files: FileWatch
  readonly watchers: readonly RunWatcher[]
  /** Newest last. */
  readonly earlier: EarlierRun[]
}

const earlierMax = 20

async function remember({ options, earlier }: Session, runFolder: string): Promise<void> {
  // Whoever names a run to compare with wants that one, whatever follows.
  const run = options.compare === undefined ? await runIn(runFolder) : undefined
  if (run === undefined) return
  earlier.push(run)
  if (earlier.length > earlierMax) earlier.shift()
}

/** The newest run with all of these scenarios, or at least with most of them. */
function mostInCommon(earlier: readonly EarlierRun[], { records }: PreparedRun): EarlierRun | undefined {
  const names = new Set(records.map(({ name }) => name))
  const common = ({ report }: EarlierRun) => report.scenarios.filter(({ name }) => names.has(name)).length
  return earlier.toReversed().toSorted((left, right) => common(right) - common(left))[0]
}

async function session(watching: Session): Promise<void> {
  const { guard, files, progress } = watching
  const cwd = process.cwd()
  const keys = new Map<string, string>()
  const options: ReloadOptions = {
    ...watching.options,
    paths: watching.paths,
    seed: watching.seed,
    cwd,
    keyOf(scenario) {
      const key = keys.get(scenario) ?? `s${keys.size + 1}`
      keys.set(scenario, key)
      return key
    },
    progress,
  }
  let loaded: Loaded | undefined
  let saved: readonly Saved[] = []
  /** Since the scenarios could last be read. */
  const unread = new Set<string>()
  for (;;) {
    for (const { path } of saved) unread.add(path)
    try {
      const now = await reload(options, [...unread], loaded)
      loaded = now
      unread.clear()
      await files.set(placesOf(watching, now, cwd))
      if (now.run.records.length > 0) await runOnce(watching, now, now.run, saved)
      process.stdout.write(saidOfWatch(now.records, now.run.records.length === 0))
    } catch (error) {
      if (guard.signal.aborted) throw error
      // Without a first look at the scenarios nobody knows what to watch.
      if (loaded === undefined || !(error instanceof InputError || error instanceof EnvironmentError)) throw error
      progress(`shaketable: ${error.message}`)
      process.stdout.write(saidOfWatch(loaded.records, false))
    }
    saved = await files.next(guard.signal)
    if (guard.signal.aborted) throw new Interrupted()
  }
}

async function runOnce(
  watching: Session,
  loaded: Loaded,
  prepared: PreparedRun,
  saved: readonly Saved[],
): Promise<void> {
  const { options, guard, supply, watchers, progress } = watching
  try {
    await using closing = new AsyncDisposableStack()
    const run = await withControlPlanes(prepared, { guard, closing, progress, mutate: undefined })
    const tools = await ensureTools(run, options.envoy, guard, progress)
    await supply.begin([...loaded.meshes.values()])
    const clock = await readClock()
    const startedAt = isoNow()
    const directory = await createRunDirectory(options.dir, startedAt, run.seed)
    await recordRun({ ...run, guard, tools, clock, startedAt, directory, supply, watchers, progress })
    guard.signal.throwIfAborted()
    const earlier = mostInCommon(watching.earlier, run)
    const report = await compared(await judgeRun(directory.path), directory.path, earlier)
    const verdictAtMs = wallMs()
    await writeReports(directory.path, report)
    const savedAtMs = Math.min(...saved.map(({ atMs }) => atMs))
    const afterSaveMs = Number.isFinite(savedAtMs) ? verdictAtMs - savedAtMs : undefined
    process.stdout.write(saidOfRun(report, directory.path, afterSaveMs))
    await directory.publish()
    await remember(watching, directory.path)
    await options.finished?.(report, directory.path)
    supply.prepareAhead()
  } catch (error) {
    // What went wrong may lie in what is kept.
    if (!guard.signal.aborted) await supply.reset()
    throw error
  }
}

/** Folders of scenarios with all that is in them, and the folders of whatever scenarios name. */
function placesOf({ paths, options }: Session, { records }: Loaded, cwd: string) {
  const given = (paths.length === 0 ? ['scenarios'] : paths).map((path) => resolve(cwd, path))
  const own = new Set(records.map(({ file }) => resolve(cwd, file)))
  return {
    folders: [...given.filter((path) => !own.has(path)), ...records.flatMap((record) => namedFolders(record))],
    flat: [...new Set(records.flatMap((record) => namedFiles(record, cwd)).map((file) => dirname(file)))],
    except: [resolve(cwd, options.dir)],
  }
}
