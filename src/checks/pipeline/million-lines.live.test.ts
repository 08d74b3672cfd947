import { execFile } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticJourney, syntheticPipelineHeader, syntheticPipelineScenario } from '../../core/synthetic-pipeline.ts'

// A million deliveries, an event each, are judged from a file in under 10 s and 1 GB, in a process of its own. What counts is
// that process's time on the processor, so that whatever else the machine does proves nothing for or against the ledger.

const expected = [
  { check: 'nothing-lost', config: {} },
  { check: 'duplicates', config: '<= 0' },
]
const judge = `
import { judgeHistory } from ${JSON.stringify(new URL('../../run/judge.ts', import.meta.url).href)}
import { pipelineChecks } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
const { verdict, scenarios } = await judgeHistory(process.argv[1], pipelineChecks)
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const summary = scenarios[0].expectations[0].summary
console.log(JSON.stringify({ verdict, summary, tookMs: (userCPUTime + systemCPUTime) / 1000, rssMb: maxRSS / 1024 }))
`

async function judged(events: Iterable<NewEvent>) {
  const folder = await mkdtemp(join(tmpdir(), 'shaketable-million-'))
  try {
    const file = join(folder, 'history.ndjson')
    writeLines(file, events)
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', judge, file])
    return JSON.parse(stdout) as { verdict: string; summary: string; tookMs: number; rssMb: number }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function writeLines(file: string, events: Iterable<NewEvent>): void {
  const header = syntheticPipelineHeader([syntheticPipelineScenario({ expect: expected })])
  const seqs = new Map<string, number>()
  const handle = openSync(file, 'w')
  let text = `${JSON.stringify(header)}\n`
  for (const event of events) {
    const seq = seqs.get(event.src) ?? 0
    seqs.set(event.src, seq + 1)
    text += `${JSON.stringify({ ...event, seq })}\n`
    if (text.length < 1_000_000) continue
    writeSync(handle, text)
    text = ''
  }
  const end = { kind: 'end', src: 'end', seq: 0, scenario: '', atMs: 1e6, reason: 'complete', dropped: 0 }
  writeSync(handle, `${text}${JSON.stringify(end)}\n`)
  closeSync(handle)
}

/** Objects that go through without trouble, with a delivery for each line. */
function* delivered(objects: number, lines: number): Generator<NewEvent> {
  for (let index = 0; index < objects; index++) {
    const journey = { object: `logs/app/2026/01/02/host-${index}.log`, atMs: index * 2, lines }
    for (const event of syntheticJourney(journey)) {
      if (event.kind !== 'line-delivered') yield event
      else for (let line = 1; line <= lines; line++) yield { ...event, line, last: line }
    }
  }
  yield { kind: 'scenario-ended', src: 'runner', atMs: objects * 2 + 60_000, scenario: 'synthetic' }
}

test.each([
  [1, 1_000_000],
  [100_000, 10],
])('%d objects of %d lines', async (objects, lines) => {
  const { verdict, summary, tookMs, rssMb } = await judged(delivered(objects, lines))
  expect({ verdict, summary }).toEqual({
    verdict: 'pass',
    summary: `nothing lost; 1000000 lines of ${objects} object${objects === 1 ? '' : 's'}: 1000000 delivered once, 0 more often, 0 parked`,
  })
  expect(tookMs).toBeLessThan(10_000)
  expect(rssMb).toBeLessThan(1000)
})
