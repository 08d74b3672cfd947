import { expect, test } from 'vitest'
import { liveProgress } from './live-progress.ts'

function recorder(isTTY: boolean) {
  const written: string[] = []
  let nowMs = 0
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) }
  const progress = liveProgress(stream, { scenarios: 2, env: { NO_COLOR: '1' }, nowMs: () => nowMs })
  const wait = (ms: number): void => {
    nowMs += ms
  }
  return { written, progress, wait }
}

test('outside a terminal: one plain line a finished scenario, nothing else', () => {
  const { written, progress, wait } = recorder(false)
  progress.scenarioStarted('first')
  wait(1000)
  progress.tick({ requests: 10 })
  progress.scenarioFinished('first', 'fail', 'policy: 2 requests')
  progress.scenarioFinished('second')
  progress.finish()
  expect(written).toEqual(['[1/2] ✗ failed  first  policy: 2 requests\n', '[2/2] done  second\n'])
})

test('in a terminal one line is drawn over itself, at most ten times a second, and cleared at the end', () => {
  const { written, progress, wait } = recorder(true)
  progress.scenarioStarted('first')
  for (let tick = 0; tick < 100; tick++) {
    wait(10)
    progress.tick({ requests: tick })
  }
  expect(written.filter((text) => text.startsWith('[0/2]'))).toHaveLength(11)
  progress.scenarioStarted('a-name-so-long-that-it-can-not-fit-into-sixty-columns-of-a-line')
  for (const text of written) expect(text.length).toBeLessThan(60)
  progress.finish()
  expect(written.at(-1)).toBe('\r\u001b[2K')
})
