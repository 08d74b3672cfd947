// Waits for saves. Folders are watched rather than files, because many editors replace a file instead of writing it; what
// belongs to editors, repositories and reports is left alone.

import { type Stats, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import { wallMs } from '../../core/clock.ts'
import { isWithin } from './named-files.ts'

export interface Saved {
  /** Absolute. */
  readonly path: string
  /** Wall time of the save, as the file has it. */
  readonly atMs: number
}

export interface WatchedPlaces {
  /** Watched with all that is in them. */
  readonly folders: readonly string[]
  /** Watched with the files directly in them. */
  readonly flat: readonly string[]
  /** Left alone wherever it is. */
  readonly except: readonly string[]
}

export interface FileWatch {
  /** Watches other places from now on; resolves when all are watched. */
  set(places: WatchedPlaces): Promise<void>
  /** What was saved since the last call; waits for the first. Empty when the signal was aborted. */
  next(signal: AbortSignal): Promise<readonly Saved[]>
  close(): Promise<void>
}

/** Editors save in several steps: what comes within this time is one save. */
const togetherMs = 40
const savedMax = 1000

export function watchFiles(onProblem: (text: string) => void): FileWatch {
  const saved = new Map<string, Saved>()
  let wake: (() => void) | undefined
  let watcher: FSWatcher | undefined
  let watched = ''
  const note = (path: string) => {
    if (saved.size < savedMax) saved.set(path, { path, atMs: savedAtMs(path) })
    wake?.()
  }
  const close = async () => watcher?.close()
  return {
    async set(places) {
      const roots = [...new Set([...places.folders, ...places.flat])].sort()
      const text = JSON.stringify([roots, places])
      if (text === watched) return
      watched = text
      const before = watcher
      const ready = Promise.withResolvers<void>()
      watcher = watch(roots, { ignoreInitial: true, ignored: (path, stats) => isIgnored(path, places, stats) })
        .on('add', note)
        .on('change', note)
        .on('unlink', note)
        .on('error', (error) => onProblem(`cannot watch: ${(error as Error).message}`))
        .on('ready', () => ready.resolve())
      await ready.promise
      await before?.close()
    },
    async next(signal) {
      while (saved.size === 0 && !signal.aborted) await untilWoken(signal, (resolve) => (wake = resolve))
      await settled(() => saved.size, signal)
      const all = [...saved.values()]
      saved.clear()
      return signal.aborted ? [] : all
    },
    close,
  }
}

function untilWoken(signal: AbortSignal, arm: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    arm(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function settled(count: () => number, signal: AbortSignal): Promise<void> {
  for (let before = -1; before !== count() && !signal.aborted; ) {
    before = count()
    await new Promise((resolve) => setTimeout(resolve, togetherMs))
  }
}

export function isIgnored(path: string, { folders, flat, except }: WatchedPlaces, stats?: Stats): boolean {
  const name = basename(path)
  if (flat.includes(path) || folders.includes(path)) return false
  if (/^\.|~$|\.(swp|swx|tmp|bak)$|^4913$/.test(name) || name === 'node_modules') return true
  if (except.some((folder) => isWithin(path, folder))) return true
  if (folders.some((folder) => isWithin(path, folder))) return false
  return !flat.includes(dirname(path)) || stats?.isDirectory() === true
}

/** A file that has gone was saved now. */
function savedAtMs(path: string): number {
  const nowMs = wallMs()
  try {
    // A copy may bear the time of its original.
    const { mtimeMs } = statSync(path)
    return mtimeMs > nowMs - 5000 && mtimeMs <= nowMs ? mtimeMs : nowMs
  } catch {
    return nowMs
  }
}
