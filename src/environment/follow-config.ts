// While a scenario runs, the user's control plane may change its mind. Each change becomes a push of ours, one after the
// other; of several that came meanwhile only the last one counts. What is wrong with a change is told as a line of its log.

import { EnvironmentError, InputError } from '../core/errors.ts'
import type { CompiledDefinition, LiveConfig } from './prepared-scenario.ts'

export interface FollowParts {
  readonly push: (changed: CompiledDefinition) => Promise<void>
  readonly log: (text: string) => void
}

/** Returns what ends it; it resolves when no push is under way. */
export function followConfig(live: LiveConfig, { push, log }: FollowParts): () => Promise<void> {
  let next: CompiledDefinition | undefined
  let pushing: Promise<void> | undefined
  let isOver = false
  const pushAll = async () => {
    while (next !== undefined && !isOver) {
      const changed = next
      next = undefined
      try {
        await push(changed)
      } catch (error) {
        if (!(error instanceof InputError || error instanceof EnvironmentError)) throw error
        log(`what it serves now cannot be run here: ${error.message}`)
      }
    }
    pushing = undefined
  }
  const unfollow = live.follow({
    changed(config) {
      next = config
      pushing ??= pushAll()
    },
    problem: log,
  })
  return async () => {
    isOver = true
    unfollow()
    await pushing
  }
}
