// The seeded mistakes, all of them.

import type { BaseName } from './bases.ts'
import { dispatcherMistakes } from './dispatcher-mistakes.ts'
import { eventPusherMistakes } from './event-pusher-mistakes.ts'
import { mainMistakes } from './main-mistakes.ts'
import { parkingMistakes } from './parking-mistakes.ts'
import type { PowerMistake } from './power-scenario.ts'

export const mistakes: readonly PowerMistake<BaseName>[] = [
  ...eventPusherMistakes,
  ...dispatcherMistakes,
  ...mainMistakes,
  ...parkingMistakes,
]
