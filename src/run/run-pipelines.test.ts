import { expect, test } from 'vitest'
import type { PipelineScenario } from '../core/scenario-record.ts'
import { syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { rig } from './test-parts.ts'

const scenario = (
  name: string,
  asyncRetryMs: readonly [number, number] = [300, 600],
  changes: Partial<Pick<PipelineScenario, 'isolated'>> = {},
): PipelineScenario =>
  syntheticPipelineScenario({ name, isolated: false, ...changes, pipeline: { asyncRetryMs, settleMs: 40 } })

const emulators = (log: readonly string[]) => log.filter((step) => /emulator|deploy/.test(step))

test('scenarios share an emulator with those of the same clock only', async () => {
  const runner = rig()
  const pipelines = [scenario('a'), scenario('quick', [100, 200]), scenario('b'), scenario('quick-too', [100, 200])]
  await runner.run([], pipelines)
  expect(emulators(runner.log)).toEqual([
    ...["start emulator '-pipelines'", 'deploy a', 'deploy b', "stop emulator '-pipelines'"],
    ...["start emulator '-pipelines-2'", 'deploy quick', 'deploy quick-too', "stop emulator '-pipelines-2'"],
  ])
})

test('those that must be alone are, whatever their clock', async () => {
  const runner = rig()
  await runner.run([], [scenario('a'), scenario('own', [300, 600], { isolated: true })])
  expect(emulators(runner.log)).toEqual([
    ...["start emulator '-pipelines'", 'deploy a', "stop emulator '-pipelines'"],
    ...["start emulator '-pipeline-2'", 'deploy own', "stop emulator '-pipeline-2'"],
  ])
})

test.each(['deploy b', 'put b', 'drain b', 'look b', 'remove a'])(
  'an emulator that is gone at "%s" ends the run with what is said of it',
  async (at) => {
    const runner = rig()
    runner.on.set(at, () => runner.losing.abort(new Error('localstack was ended by SIGKILL')))
    const drained = scenario('b')
    const b = {
      ...drained,
      pipeline: { ...drained.pipeline, operations: [{ when: 'settled', kind: 'drain', chosenRatio: 1 } as const] },
    }
    await expect(runner.run([], [scenario('a'), b, scenario('c')])).rejects.toThrow(/^localstack was ended by SIGKILL$/)
    expect(runner.log.at(-1)).toBe("stop emulator '-pipelines'")
    expect(runner.log).not.toContain('deploy c')
    const ended = runner.events.filter(({ kind }) => kind === 'scenario-ended')
    expect(ended.map((event) => event.scenario)).not.toContain('b')
  },
)

test('what hangs ends with the emulator', async () => {
  for (const at of ['put a', 'look a']) {
    const runner = rig()
    runner.on.set(
      at,
      () =>
        new Promise((_, reject) =>
          runner.losing.signal.addEventListener('abort', () => reject(runner.losing.signal.reason)),
        ),
    )
    const running = runner.run([], [scenario('a')])
    setTimeout(() => runner.losing.abort(new Error('localstack was ended by SIGKILL')), 100)
    await expect(running).rejects.toThrow('localstack was ended by SIGKILL')
    expect(runner.log.slice(-2)).toEqual(['remove a', "stop emulator '-pipelines'"])
  }
})

test('what went wrong first is told, also when the stack cannot be removed then', async () => {
  const runner = rig()
  const failing = (message: string) => () => {
    throw new Error(message)
  }
  runner.on.set('look a', failing('the lanes could not be read'))
  runner.on.set('remove a', failing('a could not be removed'))
  await expect(runner.run([], [scenario('a')])).rejects.toThrow('the lanes could not be read')
  expect(runner.log.at(-1)).toBe("stop emulator '-pipelines'")
})
