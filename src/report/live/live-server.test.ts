import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { syntheticScenario } from '../../core/synthetic-history.ts'
import { sampleReport } from '../sample-report.ts'
import { type LivePageServer, serveLivePage } from './live-server.ts'

let server: LivePageServer
let folder: string

beforeEach(async () => {
  server = await serveLivePage(0)
  folder = mkdtempSync(join(tmpdir(), 'live-page-'))
  server.begin({ records: [syntheticScenario()], seed: 'abc', originMs: 0 })
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const url = new URL(path, server.url)
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
      .once('error', reject)
      .end()
  })
}

/** Collects events until the stream ends. */
async function follow(onEvent: (name: string) => void) {
  const response = await fetch(new URL('events', server.url))
  const events: { readonly name: string; readonly data: unknown }[] = []
  const reading = (async () => {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
        events.push({ name, data: JSON.parse(data) })
        text = text.slice(end + 2)
        onEvent(name)
      }
    }
  })()
  return { events, reading }
}

describe('the live page', () => {
  test('is served to who has the token, and needs nothing from elsewhere', async () => {
    const { status, body, headers } = await get('')
    expect(status).toBe(200)
    expect(body).not.toMatch(/(src|href)="https?:/)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['cache-control']).toBe('no-store')
  })

  test.each(['/', '/events', `/${'0'.repeat(32)}/`, '/x/events', '/../'])(
    'without the token nothing: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404)
    },
  )

  test('another Host header is refused, and so is another method', async () => {
    expect((await get('', { host: 'evil.example' })).status).toBe(421)
    expect((await get('', {}, 'POST')).status).toBe(405)
  })

  test('tells the plan at once, the figures every second, the end at the end, and then goes', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html>the report')
    const ticked = Promise.withResolvers<void>()
    let ticks = 0
    const { events, reading } = await follow((name) => {
      if (name === 'tick' && ++ticks === 2) ticked.resolve()
    })
    await ticked.promise
    await server.finished(sampleReport(), folder, false)
    const closing = server.close()
    // It stays until who was told of the report has fetched it.
    expect(await get('report/index.html')).toMatchObject({ status: 200, body: '<!doctype html>the report' })
    await closing
    await reading
    expect(events[0]).toMatchObject({ name: 'run', data: { seed: 'abc' } })
    expect(events.at(-1)).toMatchObject({
      name: 'finished',
      data: { verdict: 'fail', report: 'report/index.html', more: false },
    })
    await expect(get('')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('of the run folder only report files, and only when they are there', async () => {
    expect((await get('report/index.html')).status).toBe(404)
    writeFileSync(join(folder, 'history.ndjson'), 'x')
    await server.finished(sampleReport(), folder, true)
    for (const name of ['history.ndjson', '..%2Fx', 'report/../history.ndjson', 'toString', 'index.html']) {
      expect((await get(`report/${name}`)).status).toBe(404)
    }
  })

  test('with nobody looking it is gone at once', async () => {
    await server.finished(sampleReport(), folder, false)
    const before = performance.now()
    await server.close()
    expect(performance.now() - before).toBeLessThan(1000)
  })
})
