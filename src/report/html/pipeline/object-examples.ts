// A few objects hop by hop: those that were lost, are under way or parked, came more than once, or took longest. Each says
// in a line why it is shown and what happened, and unfolds into a waterfall.

import type { ExampleReason, ObjectExample, PipelineReport } from '../../../core/report-pipeline.ts'
import { oneLine } from '../../plain-text.ts'
import { html, type Markup, said } from '../markup.ts'
import { timeline } from '../timeline.ts'
import type { TimelinePlan } from '../timeline-plan.ts'

const reasons: Readonly<Record<ExampleReason, string>> = {
  lost: 'lost',
  'in-flight': 'under way',
  parked: 'parked',
  repeated: 'repeated',
  'most-attempts': 'most attempts',
  slowest: 'slowest',
}

export function objectExamples({ examples }: PipelineReport, plan: TimelinePlan): Markup | undefined {
  if (examples.length === 0) return undefined
  return html`<h3>Objects, hop by hop</h3><ul class="examples objects">${examples.map((example, index) => item(example, plan, index === 0))}</ul>`
}

function item(example: ObjectExample, plan: TimelinePlan, first: boolean): Markup {
  const head = html`<span class="why ${example.why}">${reasons[example.why]}</span> <code>${said(example.object, 200)}</code> <span class="story">${said(example.story, 500)}</span>`
  if (example.timeline.length === 0 || !plan.has(example)) return html`<li>${head}</li>`
  const open = first && example.why === 'lost' ? html` open="open"` : undefined
  return html`<li><details${open}><summary>${head}</summary>${timeline(example.timeline, `Waterfall of ${oneLine(example.object, 200)}`, 'hops')}</details></li>`
}
