import { describe, expect, it } from 'vitest'
import { Http2Transport } from './http2.ts'
import { planned, sendOnce, startHttp2Server } from './test-rig.ts'

describe('Http2Transport', () => {
  it('opens a further session only when the streams that the server allows are taken', async () => {
    const held: (() => void)[] = []
    await using server = await startHttp2Server((stream, headers) => {
      const answer = () => {
        stream.respond({ ':status': 200 })
        stream.end()
      }
      if (headers[':path'] === '/held') held.push(answer)
      else answer()
      if (held.length === 25) for (const release of held) release()
    }, 10)
    const transport = new Http2Transport(server.target)
    // Whole answers come after the server's settings.
    for (let index = 0; index < 5; index++) expect(await sendOnce(transport, planned(`first-${index}`, 0))).toBe('200')
    expect(server.sessions()).toBe(1)
    const answers = Array.from({ length: 25 }, (_, index) =>
      sendOnce(transport, planned(`held-${index}`, 0, { path: '/held' })),
    )
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['200']))
    expect(server.sessions()).toBe(3)
    expect(transport.figures()).toMatchObject({ opened: 3, failed: 0 })
    transport.close()
  })

  it('goes to a new session after the server said goodbye, and at most the request that crossed it is lost', async () => {
    let served = 0
    await using server = await startHttp2Server((stream) => {
      stream.respond({ ':status': 200 })
      stream.end('ok')
      if (++served % 10 === 0) stream.session?.close()
    })
    const transport = new Http2Transport(server.target)
    const outcomes: string[] = []
    for (let index = 0; index < 50; index++) outcomes.push(await sendOnce(transport, planned(`r-${index}`, 0)))
    const lost = outcomes.filter((outcome) => outcome !== '200')
    expect(lost.filter((outcome) => !outcome.startsWith('reset'))).toEqual([])
    expect(lost.length).toBeLessThanOrEqual(server.sessions())
    expect(served).toBe(50 - lost.length)
    expect(server.sessions()).toBeGreaterThanOrEqual(4)
    transport.close()
  })
})
