// shadow: what a route copies to another cluster arrives there once and as it was sent, the client's answer is that of the
// original, and nobody waits for a copy. A share of copies is judged by the exact binomial test, at a false alarm of 1e-4.
//
//   egress ──► original ──► answer ──► client
//      └─────► copy ───────► (thrown away, however long it takes)

import { z } from 'zod'
import type { Check, CheckContext, CheckKind } from '../core/check.ts'
import type { Counters, HistoryEvent } from '../core/history.ts'
import { meshOf } from '../core/scenario-record.ts'
import { type DeclaredPolicy, possibleRoutes } from '../mesh/policy.ts'
import { pushWindows } from './policy/push-windows.ts'
import { asRouted } from './policy/routing.ts'
import { judgeStory, newShadowFigures, routeTaken, type ShadowFigures, type Story } from './shadow-story.ts'
import { concludeShadows } from './shadow-verdict.ts'

const schema = z.strictObject({
  outlived: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('So many requests at least must have been answered while their copy was under way'),
})
type Shadow = z.output<typeof schema>

const requestsMax = 1_000_000

export const shadow: CheckKind<Shadow> = {
  name: 'shadow',
  about: 'Copies of requests arrive as declared, never answer, and never make anybody wait.',
  schema,
  start,
}

function start({ outlived }: Shadow, { header, scenario: record }: CheckContext): Check {
  const scenario = meshOf(record)
  const pushes = pushWindows(header.declaredPolicy[scenario.name] as DeclaredPolicy)
  const stories = new Map<string, Story>()
  let lost = 0
  let after: Counters | undefined

  function storyOf(id: string): Story | undefined {
    const known = stories.get(id)
    if (known !== undefined) return known
    if (stories.size >= requestsMax) {
      lost++
      return undefined
    }
    const fresh: Story = { copies: [] }
    stories.set(id, fresh)
    return fresh
  }

  function observe(event: HistoryEvent) {
    if (event.kind === 'config-pushed' || event.kind === 'config-accepted' || event.kind === 'config-rejected') {
      pushes.observe(event)
    } else if (event.kind === 'counters' && event.envoy === 'egress' && event.phase === 'after') after = event
    else if (event.kind === 'request-sent') set(storyOf(event.id), { sent: event })
    else if (event.kind === 'request-answered') set(storyOf(event.id), { answered: event })
    else if (event.kind === 'request-logged') set(storyOf(event.id), { logged: event })
    else if (event.kind === 'attempt-seen' && event.shadow === true) storyOf(event.id)?.copies.push(event)
    else if (event.kind === 'attempt-logged') {
      const story = storyOf(event.id)
      if ((story?.lastAttempt?.attempt ?? 0) < event.attempt) set(story, { lastAttempt: event })
    }
  }

  return {
    observe,
    conclude() {
      const figures = judgeStories()
      return concludeShadows(figures, outlived, openCopies)
    },
  }

  /** Copies that are still under way have no line yet, but Envoy counts them. */
  function openCopies(cluster: string): number {
    return after === undefined ? Number.POSITIVE_INFINITY : (after.values[`cluster.${cluster}.upstream_rq_active`] ?? 0)
  }

  function judgeStories(): ShadowFigures {
    const figures = newShadowFigures(lost)
    for (const story of stories.values()) {
      const { sent, logged } = story
      if (sent === undefined || logged === undefined || pushes.touches(sent.atMs, logged.atMs)) {
        figures.skipped++
        continue
      }
      const possible = possibleRoutes(pushes.policyAt(sent.atMs), asRouted({ sent }, scenario.traffic))
      const route = routeTaken(possible, logged)
      if (route !== undefined && route.unmodelled === undefined) judgeStory(figures, story, route)
    }
    return figures
  }
}

function set(story: Story | undefined, part: Partial<Story>): void {
  if (story !== undefined) Object.assign(story, part)
}
