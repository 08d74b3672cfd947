// For live tests: an emulator of their own, without functions, that is gone with them.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { startEmulator } from '../emulator/emulator.ts'
import { nameRunFolder } from '../process/run-folder.ts'
import { startWatchdog, type Watchdog } from '../process/watchdog.ts'
import { processLife } from '../process-life.ts'
import { ensureLocalstack } from '../tools/localstack-tool.ts'

export interface TestEmulator {
  readonly endpoint: string
  readonly watchdog: Watchdog
  freeze(): Promise<void>
  thaw(): Promise<void>
  stop(): Promise<void>
}

export async function startTestEmulator(): Promise<TestEmulator> {
  const tool = await ensureLocalstack()
  const watchdog = await startWatchdog(nameRunFolder())
  try {
    const folder = join(watchdog.runFolder.path, 'emulator')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const emulator = await startEmulator({
      tool,
      watchdog,
      folder,
      services: ['dynamodb', 'kinesis', 's3', 'sns', 'sqs', 'iam', 'sts'],
      life: processLife({ scenario: '', emit: () => {}, now: monotonicMs }),
      trace: { ask: () => undefined, result: () => {}, log: () => {} },
    })
    const { endpoint, freeze, thaw } = emulator
    const stop = async () => {
      await emulator.stop()
      await watchdog[Symbol.asyncDispose]()
    }
    return { endpoint, watchdog, freeze, thaw, stop }
  } catch (error) {
    await watchdog[Symbol.asyncDispose]()
    throw error
  }
}
