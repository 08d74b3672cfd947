import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Http1Transport } from './http1.ts'
import { planned, sendOnce, startHttpServer } from './test-rig.ts'

describe('Http1Transport', () => {
  it('stays on one connection for one request after the other, also for HEAD and a GET with a body', async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume()
      request.on('end', () => response.end('ok'))
    })
    const transport = new Http1Transport(server.target)
    const shapes = [{}, { method: 'POST', bodyBytes: 3 }, { bodyBytes: 3 }, { method: 'HEAD' }, { method: 'DELETE' }]
    for (let index = 0; index < 20; index++) {
      const shape = shapes[index % shapes.length]
      expect(await sendOnce(transport, planned(`r-${index}`, 0, shape))).toBe('200')
    }
    expect(transport.figures()).toEqual({ opened: 1, failed: 0, peakOpen: 1, peakConnecting: 1 })
    transport.close()
  })

  it.each(['resetAndDestroy', 'destroy'] as const)(
    'moves a request that met an idle connection after its %s',
    async (end) => {
      const sockets = new Set<Socket>()
      const paths: string[] = []
      await using server = await startHttpServer((request, response) => {
        sockets.add(request.socket)
        paths.push(request.url ?? '')
        response.end('ok')
      })
      const transport = new Http1Transport(server.target)
      expect(await sendOnce(transport, planned('first', 0, { path: '/first' }))).toBe('200')
      await nextTurn()
      // Within one turn of the loop, so the client cannot have heard of the end when it takes the connection.
      for (const socket of sockets) socket[end]()
      expect(await sendOnce(transport, planned('second', 0, { path: '/second' }))).toBe('200')
      expect(paths).toEqual(['/first', '/second'])
      expect(transport.figures().opened).toBe(2)
      transport.close()
    },
  )

  it('gives a freed connection to who waits, so a burst needs fewer than one each', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    const transport = new Http1Transport(server.target)
    const answers = Array.from({ length: 200 }, (_, index) => sendOnce(transport, planned(`r-${index}`, 0)))
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['200']))
    expect(transport.figures().opened).toBeLessThan(200)
    transport.close()
  })

  it('forgets a request that is abandoned while it waits or runs, and goes on with the others', async () => {
    const paths: string[] = []
    await using server = await startHttpServer((request, response) => {
      paths.push(request.url ?? '')
      if (request.url !== '/hang') response.end('ok')
    })
    const transport = new Http1Transport(server.target)
    const heard: string[] = []
    const tell = (what: string) => () => heard.push(what)
    const listener = {
      written: tell('written'),
      head: tell('head'),
      bytes: tell('bytes'),
      call: tell('call'),
      done: tell('done'),
      failed: tell('failed'),
    }
    const cancels = Array.from({ length: 40 }, (_, index) => transport.send(planned(`gone-${index}`, 0), listener))
    const kept = sendOnce(transport, planned('kept', 0, { path: '/kept' }))
    for (const cancel of cancels) cancel()
    expect(await kept).toBe('200')
    const cancelRunning = transport.send(planned('hang', 0, { path: '/hang' }), { ...listener, failed: () => {} })
    while (!paths.includes('/hang')) await nextTurn()
    cancelRunning()
    expect(await sendOnce(transport, planned('after', 0, { path: '/after' }))).toBe('200')
    expect(paths).toEqual(['/kept', '/hang', '/after'])
    expect(heard).toEqual(['written'])
    transport.close()
  })

  it('takes the connection that was used last', async () => {
    const release = new Map<string, () => void>()
    const ports = new Map<string, number | undefined>()
    const allHeld = Promise.withResolvers<void>()
    await using server = await startHttpServer((request, response) => {
      const path = request.url ?? ''
      ports.set(path, request.socket.remotePort)
      if (!path.startsWith('/held')) {
        response.end()
        return
      }
      release.set(path, () => response.end())
      if (release.size === 3) allHeld.resolve()
    })
    const transport = new Http1Transport(server.target)
    const send = (path: string) => sendOnce(transport, planned(path, 0, { path }))
    const answers = ['/held-0', '/held-1', '/held-2'].map(send)
    await allHeld.promise
    for (const index of [1, 2, 0]) {
      release.get(`/held-${index}`)?.()
      await answers[index]
    }
    for (const path of ['/next-0', '/next-1']) await send(path)
    transport.close()
    expect(transport.figures().opened).toBe(3)
    expect(ports.get('/next-0')).toBe(ports.get('/held-0'))
    expect(ports.get('/next-1')).toBe(ports.get('/held-0'))
  })
})
