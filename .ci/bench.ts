// `npm run bench`: does the load generator tell the truth, and at what price? Two servers with a fault that is known to the
// request, each measured by our generator and by autocannon at the same rate in the same run. Absolute times belong here
// and not into the tests. It prints a table, writes reports/bench.json, and judges nothing.
//
//     this process ─► server: a worker thread that counts what it did      (late: each 10th answer 500 ms late,
//                 └─► client: a child process, one at a time                frozen: no answer for 1 s)

import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { monotonicMs } from '../src/core/clock.ts'
import type { NewEvent } from '../src/core/history.ts'
import { planArrivals } from '../src/load/arrivals.ts'
import { startGenerator } from '../src/load/generator.ts'
import { Histogram } from '../src/stats/histogram.ts'

const ratePerSecond = 1000
const durationMs = 10_000
const lateEvery = 10
const lateByMs = 500
const freezeMs = 1000
const slowMs = 100
const autocannonConnections = 100

type Fault = 'late' | 'frozen'
type Client = 'shaketable' | 'autocannon'

/** What a client says it measured, and what it cost. */
interface Measurement {
  readonly client: Client
  readonly requests: number
  readonly failed: number
  /** Of its reported latencies, how many are above 100 ms. */
  readonly slowRatio: number
  readonly maxMs: number
  readonly cpuSeconds: number
  readonly sendLagP99Ms?: number
  readonly connections: number
}

interface Row extends Measurement {
  readonly fault: Fault
  readonly trueRatio: number
  readonly requestsPerCpuSecond: number
}

const self = fileURLToPath(import.meta.url)

/** Answers, with the fault; tells its port, and when asked how long it really froze. */
function serve(fault: Fault): void {
  const held: ServerResponse[] = []
  let served = 0
  let freezeFromMs = Number.POSITIVE_INFINITY
  let frozenMs = 0
  const thaw = () => {
    frozenMs = monotonicMs() - freezeFromMs
    for (const response of held) response.end('ok')
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
    if (served++ === 0 && fault === 'frozen') {
      freezeFromMs = monotonicMs() + durationMs / 2
      setTimeout(thaw, durationMs / 2 + freezeMs)
    }
    if (frozenMs === 0 && monotonicMs() >= freezeFromMs) held.push(response)
    else if (fault === 'late' && served % lateEvery === 0) setTimeout(() => response.end('ok'), lateByMs)
    else response.end('ok')
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    const address = server.address()
    parentPort?.postMessage(address !== null && typeof address === 'object' ? address.port : 0)
  })
  parentPort?.on('message', () => parentPort?.postMessage({ frozenMs }))
}

/** The share of requests whose real latency is above 100 ms: by construction, whatever any client says. */
function truth(fault: Fault, frozenMs: number): number {
  return fault === 'late' ? 1 / lateEvery : (frozenMs - slowMs) / durationMs
}

function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}

async function measureOurs(port: number): Promise<Measurement> {
  const latency = new Histogram()
  const onEvents = (events: readonly NewEvent[]) => {
    for (const event of events) if (event.kind === 'request-answered') latency.record(event.latencyMs)
  }
  const originMs = monotonicMs()
  await using generator = await startGenerator({ originMs, onEvents })
  await generator.warmUp()
  const request = { host: 'bench', method: 'GET', path: '/', headers: {}, bodyBytes: 0 }
  const shape = {
    ratePerSecond,
    arrivals: { kind: 'constant' as const },
    timeoutMs: 10_000,
    fromMs: 0,
    untilMs: durationMs,
  }
  const requests = planArrivals({ request, ...shape }, 'bench', 'bench').map((atMs, index) => ({
    ...request,
    id: `bench-${index}`,
    traffic: 0,
    atMs,
    timeoutMs: shape.timeoutMs,
    plan: [],
  }))
  const startCpu = process.cpuUsage()
  const target = { address: '127.0.0.1', port }
  const result = await generator.run({ scenario: 'bench', target, startMs: monotonicMs() + 20, requests })
  const [, slow = 0] = latency.countsByEdges([slowMs])
  return {
    client: 'shaketable',
    requests: latency.count,
    failed: latency.count - result.latency.count,
    slowRatio: slow / latency.count,
    maxMs: latency.maxMs,
    cpuSeconds: cpuSecondsSince(startCpu),
    sendLagP99Ms: result.sendLag.p99Ms,
    connections: result.connections.peakOpen,
  }
}

interface AutocannonResult {
  readonly latencies: string
  readonly errors: number
  readonly non2xx: number
  readonly totalCompletedRequests: number
}

async function measureAutocannon(port: number): Promise<Measurement> {
  const load = createRequire(import.meta.url)('autocannon') as (options: object) => Promise<AutocannonResult>
  const startCpu = process.cpuUsage()
  const result = await load({
    url: `http://127.0.0.1:${port}`,
    connections: autocannonConnections,
    overallRate: ratePerSecond,
    duration: durationMs / 1000,
    skipAggregateResult: true,
  })
  const cpuSeconds = cpuSecondsSince(startCpu)
  const reported = decodeFromCompressedBase64(result.latencies)
  return {
    client: 'autocannon',
    requests: result.totalCompletedRequests,
    failed: result.errors + result.non2xx,
    slowRatio: slowRatioOf(reported),
    maxMs: reported.maxValue,
    cpuSeconds,
    connections: autocannonConnections,
  }
}

/** From its own histogram, which has whole milliseconds: the share above the first percentile that exceeds 100 ms. */
function slowRatioOf(histogram: { getValueAtPercentile(percent: number): number }): number {
  let low = 0
  let high = 100
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (histogram.getValueAtPercentile(middle) > slowMs) high = middle
    else low = middle
  }
  return 1 - low / 100
}

/** A server of its own for each measurement, so that no client inherits the connections or the count of another. */
async function measure(fault: Fault, client: Client): Promise<Row> {
  const server = new Worker(self, { workerData: fault })
  try {
    const port: number = await new Promise((resolve) => server.once('message', resolve))
    const { stdout } = await promisify(execFile)(process.execPath, [self, client, String(port)], { timeout: 60_000 })
    const measured = JSON.parse(stdout) as Measurement
    const { frozenMs }: { frozenMs: number } = await new Promise((resolve) => {
      server.once('message', resolve)
      server.postMessage('report')
    })
    const requestsPerCpuSecond = Math.round(measured.requests / measured.cpuSeconds)
    return { fault, ...measured, trueRatio: truth(fault, frozenMs), requestsPerCpuSecond }
  } finally {
    await server.terminate()
  }
}

async function main(): Promise<void> {
  const rows: Row[] = []
  for (const fault of ['late', 'frozen'] as const) {
    for (const client of ['shaketable', 'autocannon'] as const) rows.push(await measure(fault, client))
  }
  const percent = (ratio: number) => `${(100 * ratio).toFixed(2)} %`
  console.log(
    `${ratePerSecond} requests/s for ${durationMs / 1000} s; late: each ${lateEvery}th answer ${lateByMs} ms late;`,
  )
  console.log(`frozen: no answer leaves for ${freezeMs} ms in the middle; truth: share of requests above ${slowMs} ms`)
  console.table(
    rows.map((row) => ({
      fault: row.fault,
      client: row.client,
      'above 100 ms': percent(row.slowRatio),
      truth: percent(row.trueRatio),
      requests: row.requests,
      failed: row.failed,
      'max ms': Math.round(row.maxMs),
      'requests per CPU s': row.requestsPerCpuSecond,
      'send lag p99 ms': row.sendLagP99Ms ?? '-',
      connections: row.connections,
    })),
  )
  mkdirSync('reports', { recursive: true })
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version }
  const settings = { ratePerSecond, durationMs, lateEvery, lateByMs, freezeMs, slowMs, autocannonConnections }
  writeFileSync('reports/bench.json', `${JSON.stringify({ machine, settings, rows }, null, 2)}\n`)
  console.log('written to reports/bench.json')
}

const [client, port] = process.argv.slice(2)
if (!isMainThread) serve(workerData as Fault)
else if (client === 'shaketable') console.log(JSON.stringify(await measureOurs(Number(port))))
else if (client === 'autocannon') console.log(JSON.stringify(await measureAutocannon(Number(port))))
else await main()
