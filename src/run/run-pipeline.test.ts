import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import type { OperationRecord, PipelineScenario } from '../core/scenario-record.ts'
import { syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import type { DeployedPipeline, PipelineEnvironment } from './parts.ts'
import { runPipeline } from './run-pipeline.ts'
import { calm, rig } from './test-parts.ts'

const drain = (when: OperationRecord['when']): OperationRecord => ({ when, kind: 'drain', chosenRatio: 1 })
const scenario = (name: string, operations: readonly OperationRecord[] = [], isolated = false): PipelineScenario => {
  const made = syntheticPipelineScenario({ name, isolated })
  return { ...made, pipeline: { ...made.pipeline, operations, settleMs: 40 } }
}

test('pipelines come after meshes, share an emulator, and are taken down one by one', async () => {
  const runner = rig()
  await runner.run([[calm('mesh')]], [scenario('a', [drain('settled')]), scenario('own', [], true), scenario('b')])
  expect(runner.log.slice(runner.log.indexOf("stop env ''") + 1)).toEqual([
    "start emulator '-pipelines'",
    ...['deploy a', 'put a', 'look a', 'drain a', 'look a', 'remove a'],
    ...['deploy b', 'put b', 'look b', 'remove b'],
    "stop emulator '-pipelines'",
    "start emulator '-pipeline-2'",
    ...['deploy own', 'put own', 'look own', 'remove own'],
    "stop emulator '-pipeline-2'",
  ])
})

test('without meshes no generator is started', async () => {
  const runner = rig()
  expect(await runner.run([], [scenario('a')])).toEqual({ interrupted: false })
  expect(runner.log[0]).toBe("start emulator '-pipelines'")
})

test.each(['deploy a', 'put a', 'drain a', 'look a'])(
  'what fails at "%s" is told, and everything is taken down',
  async (at) => {
    const runner = rig()
    runner.on.set(at, () => {
      throw new Error('broken')
    })
    await expect(runner.run([], [scenario('a', [drain('settled')])])).rejects.toThrow('broken')
    expect(runner.log.at(-1)).toBe("stop emulator '-pipelines'")
    expect(runner.log.includes('remove a')).toBe(at !== 'deploy a')
  },
)

test('an interrupt ends it', async () => {
  const runner = rig()
  runner.on.set('put a', () => runner.stopping.abort(new Error('interrupted')))
  expect(await runner.run([], [scenario('a'), scenario('b')])).toEqual({ interrupted: true })
  expect(runner.log.slice(-2)).toEqual(['remove a', "stop emulator '-pipelines'"])
})

test('what is not settled at the deadline is said at the end', async () => {
  const events: NewEvent[] = []
  const deployed: DeployedPipeline = {
    changes: [],
    surface: { freezeEmulator: async () => async () => {} },
    begin: () => {},
    load: async () => {},
    operate: async () => {},
    look: async () => {},
    missing: () => '3 lines of 1 object',
    remove: async () => {},
  }
  const environment: PipelineEnvironment = {
    readyMs: 1,
    lost: new AbortController().signal,
    deploy: async () => deployed,
    stop: async () => {},
  }
  await runPipeline({
    record: scenario('a'),
    environment,
    faultKinds: [],
    originMs: 0,
    emit: (event) => events.push(event),
    nextEvent: (limitMs) => new Promise((resolve) => setTimeout(resolve, limitMs)),
    signal: new AbortController().signal,
  })
  expect(events.map(({ kind }) => kind)).toEqual(['scenario-started', 'scenario-ended'])
  expect(events.at(-1)).toMatchObject({ unsettled: '3 lines of 1 object' })
})
