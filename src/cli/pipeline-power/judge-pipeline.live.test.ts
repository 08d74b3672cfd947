// `judge` on what a real pipeline run recorded: the same verdict again, and exit 1 with the object and the line as soon as one
// delivery is taken out of the history.

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HistoryEvent, LineDelivered } from '../../core/history.ts'
import type { RunReport } from '../../core/report-model.ts'
import { type Finished, playground } from '../test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

let recorded: Finished
beforeAll(async () => {
  const scenario = where.write('a.yaml', {
    name: 'three-objects',
    about: 'Three objects, no fault.',
    pipeline: { config: resolve('fixtures/pipeline/config.yml') },
    objects: [{ bucket: 'shaketable-logs', prefix: 'fast/', ratePerSecond: 3, lines: 6 }],
    duration: '1s',
    expect: [{ 'nothing-lost': {} }, { duplicates: '<= 0' }],
  })
  recorded = await where.shaketable(['run', scenario])
})

/** A copy of the run folder with nothing but the history, changed. */
function copy(name: string, change: (events: readonly HistoryEvent[]) => readonly HistoryEvent[]): string {
  const folder = join(where.folder, name)
  cpSync(join(where.folder, 'reports/latest/'), folder, { recursive: true, dereference: true })
  for (const file of readdirSync(folder)) if (file !== 'history.ndjson') rmSync(join(folder, file))
  const history = join(folder, 'history.ndjson')
  const [header = '', ...lines] = readFileSync(history, 'utf8').trimEnd().split('\n')
  const events = change(lines.map((line) => JSON.parse(line) as HistoryEvent))
  writeFileSync(history, `${[header, ...events.map((event) => JSON.stringify(event))].join('\n')}\n`)
  return name
}

const isDelivery = (event: HistoryEvent): event is LineDelivered => event.kind === 'line-delivered'

test('without its reports the run is judged the same', async () => {
  expect(recorded).toMatchObject({ code: 0 })
  expect(await where.shaketable(['judge', copy('again', (events) => events)])).toMatchObject({ code: 0, stderr: '' })
})

test('one delivery less: exit 1, by object and line', async () => {
  let object = ''
  const folder = copy('one-less', (events) => {
    const delivery = events.find(isDelivery)
    if (delivery?.last === undefined) throw new Error('a run of delivered lines was expected in the history')
    object = delivery.object
    const last = delivery.last - 1
    return events.map((event) => (event === delivery ? { ...delivery, last } : event))
  })
  const end = await where.shaketable(['judge', folder, '-o', 'json'])
  expect(end).toMatchObject({ code: 1, stderr: '' })
  const { scenarios } = JSON.parse(end.stdout) as RunReport
  const findings = scenarios.flatMap(({ expectations }) => expectations.flatMap((one) => one.findings))
  expect(findings).toMatchObject([{ rule: 'nothing-lost', object, line: 6 }])
  expect(findings[0]?.message).toMatch(/^line 6 of .*; Main did not deliver this line: lost in main$/)
  expect((await where.shaketable(['judge', folder])).stdout).toContain(`line 6 of ${object}`)
})
