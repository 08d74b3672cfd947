// Measures how many requests a second this machine carries through both HTTP hops before it falsifies latencies itself: the
// rate is raised step by step until requests fail or the 99th percentile passes 25 ms on an upstream that needs 3 ms.

import { join } from 'node:path'
import { measureWallOffset, monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'
import { packageRoot } from '../core/package-root.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { startMeshEnvironment } from '../environment/mesh-environment.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { planArrivals } from '../load/arrivals.ts'
import { startGenerator } from '../load/generator.ts'
import { requestIdHeader } from '../scenario/headers.ts'
import { openDefinitions } from './definitions.ts'
import { type Guard, guarded } from './guarded.ts'

/** The first step only warms connections and compilers. */
const stepsPerSecond = [100, 250, 500, 750, 1000, 1500, 2000, 3000]
const stepMs = 1_200
const p99LimitMs = 25

/** Requests per second; 0 when even the lowest step was too much. @throws EnvironmentError */
export function measureHonestMaximum(): Promise<number> {
  return guarded(measure)
}

async function measure({ signal, watchdog }: Guard): Promise<number> {
  const definition = join(packageRoot(), 'fixtures', 'mesh', 'trivial-errors.yaml')
  const definitions = openDefinitions(process.cwd(), () => {})
  const record = probeRecord(definition)
  await using closing = new AsyncDisposableStack()
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const envoy = await ensureEnvoy({ progress, guard: { signal, marker: watchdog.marker } })
  const originMs = monotonicMs()
  const latencies: number[] = []
  let failed = 0
  const generator = closing.use(
    await startGenerator({
      originMs,
      onEvents: (events: readonly NewEvent[]) => {
        for (const event of events) {
          if (event.kind !== 'request-answered') continue
          latencies.push(event.latencyMs)
          if (event.status !== 200) failed++
        }
      },
    }),
  )
  const environment = closing.adopt(
    await startMeshEnvironment({
      suffix: '',
      folder: watchdog.runFolder.path,
      envoyBinary: envoy.path,
      seed: 'doctor',
      originMs,
      wallOffsetMs: measureWallOffset().offsetMs,
      watchdog,
      scenarios: [
        {
          record,
          key: 's1',
          declared: await definitions.declared(record),
          served: await definitions.served(record),
          processFaultTargets: [],
          relayTargets: [],
        },
      ],
      emit: () => {},
      compileFile: definitions.pushed,
    }),
    (started) => started.stop(),
  )
  let honest = 0
  signal.addEventListener('abort', () => void generator.stop())
  for (const ratePerSecond of stepsPerSecond) {
    if (signal.aborted) break
    latencies.length = 0
    failed = 0
    const [traffic] = probeRecord(definition, ratePerSecond).traffic
    if (traffic === undefined) break
    await generator.run({
      scenario: record.name,
      target: { address: '127.0.0.1', port: environment.place(record.name).listeners[0]?.port ?? 0 },
      startMs: monotonicMs() + 50,
      requests: planArrivals(traffic, 'doctor', String(ratePerSecond)).map((atMs, index) => {
        const id = `doctor-${ratePerSecond}-${index}`
        return {
          ...traffic.request,
          id,
          traffic: 0,
          atMs,
          timeoutMs: 5_000,
          plan: [],
          headers: { [requestIdHeader]: id },
        }
      }),
    })
    latencies.sort((left, right) => left - right)
    const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY
    if (ratePerSecond === stepsPerSecond[0]) continue
    if (failed > 0 || p99Ms > p99LimitMs) break
    honest = ratePerSecond
  }
  return honest
}

function probeRecord(definition: string, ratePerSecond = 1): MeshScenario {
  return {
    name: 'doctor',
    about: 'The honest maximum of this machine.',
    file: '(doctor)',
    mesh: { definition, declared: definition, node: 'doctor' },
    upstreams: {},
    traffic: [
      {
        request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
        ratePerSecond,
        arrivals: { kind: 'poisson' },
        timeoutMs: 5_000,
        fromMs: 0,
        untilMs: stepMs,
      },
    ],
    durationMs: stepMs,
    faults: [],
    expect: [],
    isolated: false,
  }
}
