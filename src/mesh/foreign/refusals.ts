// What cannot run here, collected, so that one message names all of it: each with its place, why, and what to do.

import { formatPlace, InputError } from '../../core/errors.ts'
import type { ConfigLine } from '../../core/verdict.ts'

export interface Refusals {
  /** `pointer` leads into the config; `why` is a sentence, `remedy` what to do. */
  add(pointer: string, what: string, why: string, remedy: string): void
  /** @throws InputError when anything was added */
  throwAny(): void
}

const shownMax = 50

export function refusals(from: string, lineOf: (pointer: string) => ConfigLine): Refusals {
  const found: string[] = []
  return {
    add(pointer, what, why, remedy) {
      const { pointer: _, column: __, ...place } = lineOf(pointer)
      const text = `${formatPlace(place)}: ${what}: ${why}; ${remedy}`
      if (!found.includes(text)) found.push(text)
    },
    throwAny() {
      if (found.length === 0) return
      const more = found.length > shownMax ? [`and ${found.length - shownMax} more`] : []
      const things = found.length === 1 ? 'one thing' : `${found.length} things`
      const head = `${from}: expected a config that can run on loopback, found ${things} that cannot`
      throw new InputError([head, ...found.slice(0, shownMax).map((line) => `  ${line}`), ...more].join('\n'))
    },
  }
}
