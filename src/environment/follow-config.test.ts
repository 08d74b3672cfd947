import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { followConfig } from './follow-config.ts'
import type { CompiledDefinition, LiveConfig } from './prepared-scenario.ts'

const config = (node: string): CompiledDefinition => ({
  served: { clusters: [], routes: [] },
  declared: { node, file: '', virtualHosts: [], clusters: [] },
})

function rig(push: (node: string) => Promise<void>) {
  let follower: Parameters<LiveConfig['follow']>[0] | undefined
  const log: string[] = []
  const stop = followConfig(
    {
      follow(given) {
        follower = given
        return () => {
          follower = undefined
        }
      },
    },
    { push: ({ declared }) => push(declared.node), log: (text) => log.push(text) },
  )
  return {
    change: (node: string) => follower?.changed(config(node)),
    tell: (text: string) => follower?.problem(text),
    log,
    stop,
  }
}

test('one push after the other; of what came meanwhile the last one counts', async () => {
  const pushed: string[] = []
  let free = () => {}
  const { change, stop } = rig(async (node) => {
    pushed.push(node)
    await new Promise<void>((resolve) => {
      free = resolve
    })
  })
  for (const node of ['a', 'b', 'c']) change(node)
  expect(pushed).toEqual(['a'])
  free()
  await pause(0)
  expect(pushed).toEqual(['a', 'c'])
  const stopped = stop()
  free()
  await stopped
  change('d')
  expect(pushed).toEqual(['a', 'c'])
})

test('a change that cannot run here is a line of the log, and the next one counts again', async () => {
  const pushed: string[] = []
  const { change, tell, log } = rig(async (node) => {
    if (node === 'bad') throw new InputError('cluster x: no hosts')
    pushed.push(node)
  })
  change('bad')
  await pause(0)
  change('good')
  await pause(0)
  tell('its stream broke')
  expect(log).toEqual(['what it serves now cannot be run here: cluster x: no hosts', 'its stream broke'])
  expect(pushed).toEqual(['good'])
})
