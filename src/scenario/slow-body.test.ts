import { expect, test } from 'vitest'
import { isMesh } from '../core/scenario-record.ts'
import { headline, scenarioFolder } from './load.sample.ts'

const withRequest = (request: string) => headline.replace('{ host: user, method: GET, path: / }', request)

test('a slow body has its parts and its pause', async () => {
  await using folder = await scenarioFolder()
  await folder.write(
    'mesh/a.yaml',
    withRequest('{ host: user, method: POST, bodyBytes: 10, slowBody: { parts: 5, every: 20ms } }'),
  )
  const [scenario] = await folder.load()
  if (scenario === undefined || !isMesh(scenario)) throw new Error('a mesh was written')
  expect(scenario.traffic[0]?.request.slowBody).toEqual({ parts: 5, everyMs: 20 })
})

test('and needs a byte for each part', async () => {
  await using folder = await scenarioFolder()
  await folder.write('mesh/a.yaml', withRequest('{ host: user, method: POST, bodyBytes: 4, slowBody: { parts: 5 } }'))
  await expect(folder.load()).rejects.toThrow('a body of as many bytes as parts, and no gRPC call')
})
