// The control plane's objects in a real S3: the emulator with nothing but S3, and the fault hop between it and the control
// plane. We write straight to it, so what is pushed while the control plane cannot read is there when it can again.
//
//     pushes ─────────────────────────► S3 (emulator)
//     control plane ─► fault hop ─► ────┘

import { join } from 'node:path'
import type { Heal } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { stopAll } from '../core/stop-all.ts'
import { startAwsHop } from './aws-hop/aws-hop.ts'
import type { ObjectStore } from './control-plane/object-store.ts'
import { type S3StoreOptions, s3ObjectStore } from './control-plane/s3-object-store.ts'
import { startEmulator } from './emulator/emulator.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ProcessLife } from './process-life.ts'
import type { LocalstackTool } from './tools/localstack-tool.ts'

export interface S3ConfigStoreOptions {
  readonly tool: LocalstackTool
  readonly watchdog: Watchdog
  /** Of the environment; gets a folder for the emulator. */
  readonly folder: string
  readonly scenario: string
  readonly life: ProcessLife
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  readonly signal?: AbortSignal
}

export interface S3ConfigStore {
  readonly objects: ObjectStore
  /** What the control plane is told. */
  readonly order: { readonly kind: 's3' } & S3StoreOptions
  /** From now on S3 answers every read with this status. */
  fail(fault: string, status: number): Heal
  stop(): Promise<void>
}

const bucket = 'envoy-config'

/** @throws EnvironmentError; then nothing of it is left */
export async function startS3ConfigStore(options: S3ConfigStoreOptions): Promise<S3ConfigStore> {
  const { tool, watchdog, life, emit, now, scenario, signal } = options
  const stops: (() => Promise<void>)[] = []
  const stop = () => stopAll(stops.splice(0).reverse())
  let outage: { readonly fault: string; readonly status: number } | undefined
  try {
    const emulator = await startEmulator({
      tool,
      watchdog,
      folder: join(options.folder, 's3'),
      services: ['s3'],
      life,
      trace: { ask: () => undefined, result: () => {}, log: () => {} },
      ...(signal === undefined ? {} : { signal }),
    })
    stops.push(() => emulator.stop())
    const hop = await startAwsHop({
      upstream: () => emulator.endpoint,
      now,
      namesOf: () => [],
      decide: () =>
        outage && { action: { status: outage.status }, fault: outage.fault, detail: `answered with ${outage.status}` },
      crash: () => {},
      onCall: ({ functionName: _, invocation16: __, ...call }) => emit({ ...call, src: 'hop', scenario }),
    })
    stops.push(() => hop.stop())
    const objects = s3ObjectStore({ endpoint: emulator.endpoint, bucket })
    stops.push(async () => objects.close())
    await objects.prepare()
    return {
      objects,
      order: { kind: 's3', endpoint: hop.url, bucket },
      fail(fault, status) {
        outage = { fault, status }
        return async () => {
          outage = undefined
        }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
