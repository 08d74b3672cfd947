import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { followOutlierLog, type OutlierContext, readOutlierLine } from './outlier-log.ts'

const ejected =
  '{"type":"CONSECUTIVE_5XX","cluster_name":"s1-user","upstream_url":"127.0.0.2:24074","action":"EJECT","num_ejections":1,"enforced":true,"eject_consecutive_event":{},"timestamp":"2026-11-24T08:22:31.768Z"}'
const returned =
  '{"type":"CONSECUTIVE_5XX","cluster_name":"s1-user","upstream_url":"127.0.0.2:24074","action":"UNEJECT","num_ejections":1,"enforced":false,"timestamp":"2026-11-24T08:22:32.101Z","secs_since_last_action":"0"}'
const context = {
  clusterOf: (served: string) => (served === 's1-user' ? { scenario: 'calm', cluster: 'user' } : undefined),
  toRunMs: (wallMs: number) => wallMs - Date.UTC(2026, 10, 24, 8, 22, 31),
}

describe('lines', () => {
  test('an ejection', () => {
    expect(readOutlierLine(ejected, context)).toEqual({
      kind: 'host-ejected',
      src: 'egress',
      atMs: 768,
      scenario: 'calm',
      cluster: 'user',
      host: '127.0.0.2:24074',
      reason: 'CONSECUTIVE_5XX',
      enforced: true,
      ejections: 1,
    })
  })

  test('a return has no reason', () => {
    expect(readOutlierLine(returned, context)).toMatchObject({ kind: 'host-returned', atMs: 1101, reason: '' })
  })

  test('what Envoy leaves out has its default value', () => {
    const line = '{"cluster_name":"s1-user","upstream_url":"127.0.0.2:1","timestamp":"2026-11-24T08:22:31Z"}'
    const defaults = { kind: 'host-ejected', reason: 'CONSECUTIVE_5XX', enforced: false, ejections: 0 }
    expect(readOutlierLine(line, context)).toMatchObject(defaults)
  })

  test('a cluster of somebody else', () => {
    expect(readOutlierLine(ejected.replace('s1-user', 's9-user'), context)).toBeUndefined()
  })

  test('without its time it is none', () => {
    expect(() => readOutlierLine('{"cluster_name":"s1-user"}', context)).toThrow(SyntaxError)
  })
})

describe('the file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outlier-log-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  function follow(file: string) {
    const events: NewEvent[] = []
    const problems: string[] = []
    const options: OutlierContext = {
      ...context,
      file,
      emit: (event) => events.push(event),
      onProblem: (text) => problems.push(text),
    }
    return { log: followOutlierLog(options), events, problems }
  }

  test('is read as it grows, each line once, also one that comes in pieces', async () => {
    const file = join(folder, 'outliers.ndjson')
    const { log, events, problems } = follow(file)
    await log.read()
    await appendFile(file, `${ejected}\n${returned.slice(0, 40)}`)
    await log.read()
    expect(events.map(({ kind }) => kind)).toEqual(['host-ejected'])
    await appendFile(file, `${returned.slice(40)}\n`)
    await Promise.all([log.read(), log.read()])
    await appendFile(file, `${ejected}\n`)
    await log.close()
    expect(events.map(({ kind }) => kind)).toEqual(['host-ejected', 'host-returned', 'host-ejected'])
    expect(problems).toEqual([])
  })

  test('a line that is none is told, and the next one is read', async () => {
    const file = join(folder, 'outliers.ndjson')
    const { log, events, problems } = follow(file)
    await appendFile(file, `nonsense\n${ejected}\n`)
    await log.close()
    expect(events).toHaveLength(1)
    expect(problems).toEqual([expect.stringContaining('nonsense')])
  })

  test('a file that cannot be read is told, not thrown', async () => {
    const { log, problems } = follow(join(folder, 'x'.repeat(300)))
    await log.read()
    await log.close()
    expect(problems.length).toBeGreaterThan(0)
    expect(problems[0]).toContain('cannot read the outlier log')
  })
})
