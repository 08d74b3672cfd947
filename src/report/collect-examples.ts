// Keeps the few requests worth showing: the slowest, and those that took most attempts, the slowest of them first. Ties go
// to the earlier one, so the same history gives the same examples.

import type { RequestExample } from '../core/report-model.ts'
import type { SettledRequest } from './open-requests.ts'
import { drawTimeline, tellStory } from './story.ts'

const eachMax = 5

export interface Examples {
  observe(request: SettledRequest): void
  finish(): readonly RequestExample[]
}

export function collectExamples(): Examples {
  const slowest: SettledRequest[] = []
  const mostAttempts: SettledRequest[] = []
  return {
    observe(request) {
      keepTop(slowest, request, slower)
      if (request.attempts.length > 1) keepTop(mostAttempts, request, moreAttempts)
    },
    finish() {
      const kept = new Map([...mostAttempts, ...slowest].map((request) => [request.sent.id, request]))
      return [...kept.values()].map((request) => ({
        requestId: request.sent.id,
        story: tellStory(request),
        timeline: drawTimeline(request),
      }))
    },
  }
}

type Beats = (left: SettledRequest, right: SettledRequest) => boolean

function keepTop(top: SettledRequest[], request: SettledRequest, beats: Beats): void {
  const place = top.findIndex((kept) => beats(request, kept))
  if (place < 0 && top.length >= eachMax) return
  top.splice(place < 0 ? top.length : place, 0, request)
  if (top.length > eachMax) top.pop()
}

const latencyMs = (request: SettledRequest): number => request.answered?.latencyMs ?? 0

const slower: Beats = (left, right) => latencyMs(left) > latencyMs(right)

const moreAttempts: Beats = (left, right) =>
  left.attempts.length === right.attempts.length ? slower(left, right) : left.attempts.length > right.attempts.length
