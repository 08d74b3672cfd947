// `npm run bench:pipeline`: how much does the reference pipeline carry on this machine, and how much of that is the
// emulator's own limit? Every configuration runs in a fresh emulator, is judged for lost lines, and is offered rising rates
// around its knee; the bare hop of bench-bare-hop.ts, first in the same run, says where the emulator itself ends. It prints
// tables, writes reports/bench-pipeline.json, and exits 1 when a line was lost, 2 when that could not be told. Words behind
// the command choose configurations: `npm run bench:pipeline -- 1x1x0 huge`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { guarded, Interrupted } from '../src/cli/guarded.ts'
import { monotonicMs } from '../src/core/clock.ts'
import { EnvironmentError, exitCodes } from '../src/core/errors.ts'
import type { LaneName } from '../src/core/history.ts'
import type { ObjectsRecord } from '../src/core/scenario-record.ts'
import { worst } from '../src/core/verdict.ts'
import { ensureLocalstack } from '../src/environment/tools/localstack-tool.ts'
import { type BareHop, measureBareHop } from './bench-bare-hop.ts'
import { growthObjectsMax, growthRatioMax, rounded, type Step, throughputOf } from './bench-figures.ts'
import { type Configuration, type Measured, measurePipeline } from './bench-pipeline-run.ts'

const seed = 'bench'
const smallLines = 10
const smallBytes = 1_500
const hugeLines = 100_000
const hugeObjects = 4
const warmUp: Step = { ratePerSecond: 6, fromMs: 0, untilMs: 1_500 }
const stepMs = 2_200
/** So that a hiccup in one step is not counted in the next. */
const gapMs = 500
/** Offered rates, as shares of a little more than this configuration could carry at most. */
const ratios = [0.3, 0.5, 0.7, 0.85, 1]
/** What a Dispatcher takes for a record, roughly: only to place the rates. */
const dispatchMsGuess = 15

/** An object costs about twice what it costs bare: measured at 0.45 of the bare rate, and there must be too much to find. */
const mostOfBare = 0.55
const mostOfLanes = 1.1

/** Objects a second in both lanes together: a little more than they let through, or than the emulator can do. */
function mostOf(shards: number, batchSize: number, delayMs: number, bare: number): number {
  const perShard = (batchSize * 1000) / (delayMs + batchSize * dispatchMsGuess)
  return Math.min(mostOfBare * bare, mostOfLanes * 2 * shards * perShard)
}

function sourceOf(lane: LaneName, prefix: string, { ratePerSecond, fromMs, untilMs }: Step): ObjectsRecord {
  return {
    ...{ bucket: 'shaketable-logs', prefix: `${lane}/${prefix}/`, suffix: '.log', format: 'json', gzip: false },
    ...{ ratePerSecond, arrivals: { kind: 'constant' }, fromMs, untilMs, lines: smallLines, lineBytes: 0 },
    ...{ poisonRatio: 0, unreadableRatio: 0, equalTexts: false },
  }
}

/** Both lanes have the same limits and half of the load each. */
function configurationOf(shards: number, batchSize: number, delayMs: number, bare: number): Configuration {
  const most = mostOf(shards, batchSize, delayMs, bare)
  const steps = ratios.map((ratio, index): Step => {
    const fromMs = warmUp.untilMs + index * (stepMs + gapMs)
    return { ratePerSecond: rounded(ratio * most), fromMs, untilMs: fromMs + stepMs }
  })
  const objects = [warmUp, ...steps].flatMap((step, index) => {
    const half = { ...step, ratePerSecond: step.ratePerSecond / 2 }
    return (['fast', 'slow'] as const).map((lane) => sourceOf(lane, `step-${index}`, half))
  })
  const limit = { batchSize, delayMs }
  return {
    name: `${shards}x${batchSize}x${delayMs}`,
    shards,
    lanes: { fast: limit, slow: limit },
    steps,
    objects,
  }
}

/** One shard a lane, more offered than DELAY lets through: the capacity formula, for one record at a time and for batches. */
function full(): Configuration {
  const span = { fromMs: 0, untilMs: 5_000 }
  return {
    name: 'full-lanes',
    shards: 1,
    lanes: { fast: { batchSize: 1, delayMs: 100 }, slow: { batchSize: 5, delayMs: 500 } },
    steps: [],
    objects: [
      sourceOf('fast', 'full', { ...span, ratePerSecond: 11 }),
      sourceOf('slow', 'full', { ...span, ratePerSecond: 14 }),
    ],
  }
}

function huge(): Configuration {
  const limit = { batchSize: 1, delayMs: 0 }
  const step: Step = { ratePerSecond: 2, fromMs: 0, untilMs: (1000 * hugeObjects) / 2 }
  return {
    name: 'huge-objects',
    shards: 1,
    lanes: { fast: limit, slow: limit },
    steps: [],
    objects: [{ ...sourceOf('fast', 'huge', step), lines: hugeLines }],
  }
}

function configurations(bare: number, words: readonly string[]): readonly Configuration[] {
  const grid = [1, 4].flatMap((shards) =>
    [1, 10].flatMap((batchSize) => [0, 100].map((delayMs) => configurationOf(shards, batchSize, delayMs, bare))),
  )
  return [...grid, full(), huge()].filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
}

function printBare({ steps, put, arrived, cost }: BareHop): void {
  const { sustainedPerSecond, peakPerSecond, sustained } = throughputOf(steps)
  const { p50Ms = '-', p99Ms = '-' } = sustained?.lanes.fast ?? {}
  console.log(
    `bare hop S3-SNS-Lambda-Kinesis-Lambda: sustained ${sustainedPerSecond} objects/s (p50 ${p50Ms} ms, p99 ${p99Ms} ms), ` +
      `peak ${peakPerSecond}, ${cost?.cpuMsPerObject ?? '?'} ms of CPU an object, RSS ${cost?.rssMb ?? '?'} MB, ${arrived} of ${put} arrived`,
  )
}

function printGrid(measured: readonly Measured[], bare: number): void {
  const rows = measured.filter(({ configuration }) => configuration.steps.length > 0)
  if (rows.length === 0) return
  console.log(
    `\nsmall objects (${smallLines} lines), half in each lane; percentiles from put to delivered at the sustained rate`,
  )
  console.table(
    rows.map(({ configuration: { shards, lanes }, steps, cost, verdict }) => {
      const { sustained, sustainedPerSecond, tooMuchPerSecond = '-', peakPerSecond } = throughputOf(steps)
      const latency = (lane: LaneName) => {
        const { p50Ms = '-', p99Ms = '-' } = sustained?.lanes[lane] ?? {}
        return `${p50Ms} / ${p99Ms}`
      }
      return {
        shards,
        batch: lanes.fast.batchSize,
        'DELAY ms': lanes.fast.delayMs,
        'objects/s': sustainedPerSecond,
        'lines/s': rounded(sustainedPerSecond * smallLines),
        'too much': tooMuchPerSecond,
        peak: peakPerSecond,
        'of bare': `${Math.round((100 * sustainedPerSecond) / bare)} %`,
        'fast p50 / p99': latency('fast'),
        'slow p50 / p99': latency('slow'),
        'CPU ms/object': cost?.cpuMsPerObject ?? '-',
        'RSS kB/object': cost?.rssKbPerObject ?? '-',
        'RSS MB': cost?.rssMb ?? '-',
        'nothing lost': verdict,
      }
    }),
  )
}

function printFlows(measured: readonly Measured[]): void {
  const rows = measured.flatMap(({ configuration: { name, lanes }, flows }) =>
    flows.map(({ lane, batches, fullSeconds, objectsPerSecond, dispatchMs, formulaPerSecond }) => ({
      configuration: name,
      lane,
      batch: lanes[lane].batchSize,
      'DELAY ms': lanes[lane].delayMs,
      'full batches': batches,
      'full s': fullSeconds,
      'dispatch ms': dispatchMs,
      'b / (d + dispatch)': formulaPerSecond,
      'objects/s per shard': objectsPerSecond,
      reached: `${Math.round((100 * objectsPerSecond) / formulaPerSecond)} %`,
    })),
  )
  if (rows.length === 0) return
  console.log('\ncapacity of a shard, while a whole batch was waiting in it')
  console.table(rows)
}

function printHuge(measured: readonly Measured[]): void {
  const found = measured.find(({ configuration }) => configuration.name === huge().name)
  if (found === undefined) return
  const { objects, lines, tookSeconds, cost, verdict } = found
  console.log(
    `\n${objects} objects of ${hugeLines} lines: ${Math.round(lines / tookSeconds)} lines/s, ${rounded(tookSeconds)} s from the ` +
      `first put to the last line, ${cost?.cpuMsPerObject ?? '?'} ms of the emulator's CPU an object, RSS ${cost?.rssMb ?? '?'} MB; nothing lost: ${verdict}`,
  )
}

function write(bareHop: BareHop, measured: readonly Measured[]): void {
  mkdirSync('reports', { recursive: true })
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version }
  const settings = {
    seed,
    smallLines,
    hugeLines,
    hugeObjects,
    warmUp,
    stepMs,
    gapMs,
    ratios,
    growthRatioMax,
    growthObjectsMax,
  }
  const configurations = measured.map(({ configuration, ...rest }) => {
    const { name, shards, lanes } = configuration
    const { sustained: _, ...throughput } = throughputOf(rest.steps)
    const linesPerSecond = Math.round(rest.lines / rest.tookSeconds)
    return { name, shards, lanes, ...(rest.steps.length > 0 ? throughput : { linesPerSecond }), ...rest }
  })
  const { sustained: _, ...bareThroughput } = throughputOf(bareHop.steps)
  const result = { machine, settings, bareHop: { ...bareThroughput, ...bareHop }, configurations }
  writeFileSync('reports/bench-pipeline.json', `${JSON.stringify(result, null, 2)}\n`)
  console.log('written to reports/bench-pipeline.json')
}

async function main(words: readonly string[]): Promise<number> {
  const startedMs = monotonicMs()
  if (configurations(1, words).length === 0) {
    console.error(`bench: expected a part of one of ${configurations(1, []).map(({ name }) => name)}, found ${words}`)
    return exitCodes.badInput
  }
  return guarded(async (guard) => {
    const progress = (line: string) => void process.stderr.write(`${line}\n`)
    const tool = await ensureLocalstack({ progress, guard: { signal: guard.signal, marker: guard.watchdog.marker } })
    progress('bare hop')
    const bareHop = await measureBareHop(guard, tool, smallBytes)
    const bare = throughputOf(bareHop.steps).peakPerSecond
    const measured: Measured[] = []
    for (const configuration of configurations(bare, words)) {
      progress(configuration.name)
      measured.push(await measurePipeline(configuration, { guard, tool, seed }))
    }
    printBare(bareHop)
    printGrid(measured, bare)
    printFlows(measured)
    printHuge(measured)
    write(bareHop, measured)
    console.log(`took ${Math.round((monotonicMs() - startedMs) / 1000)} s`)
    return outcomeOf(bareHop, measured)
  })
}

function outcomeOf({ put, arrived }: BareHop, measured: readonly Measured[]): number {
  for (const { configuration, verdict, summary } of measured) {
    if (verdict !== 'pass') console.error(`${configuration.name}: ${verdict}: ${summary}`)
  }
  if (arrived < put) console.error(`bare hop: fail: ${put - arrived} of ${put} objects never arrived`)
  return exitCodes[worst([...measured.map(({ verdict }) => verdict), arrived < put ? 'fail' : 'pass'])]
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof EnvironmentError) {
    console.error(error.message)
    process.exitCode = error.exitCode
  } else if (!(error instanceof Interrupted)) throw error
}
