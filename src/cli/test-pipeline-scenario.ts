// A small log pipeline with its handler, and scenarios on it, for the tests of the command line: both lanes, one bucket, one
// second of load. The handler delivers as the packaged one does, but works for ever on objects below `busy/`.

import { join } from 'node:path'
import { packageRoot } from '../core/package-root.ts'
import type { Playground } from './test-rig.ts'

const packagedHandler = join(packageRoot(), 'fixtures/pipeline/handler.ts')

const handlerText = `
import deliver from ${JSON.stringify(packagedHandler)}
export default () => {
  const handler = deliver()
  return {
    ...handler,
    recv(meta, event) {
      if (meta.source.key.startsWith('busy/')) for (;;);
      return handler.recv(meta, event)
    },
  }
}
`

type Changes = Readonly<Record<string, unknown>>

export const smallConfig = (changes: Changes = {}) => ({
  stack_name: 'small-logs',
  backend: { sns_topics: [{ name: 'Objects', arn: 'arn:aws:sns:us-east-1:000000000000:small-objects' }] },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the config's own notation
  handler: { path: 'handler.ts', args: { url: '${SINK_URL}' } },
  routing: [{ prefix: 'slow/', dest: 'slow' }],
  bucket_mapping: {
    'small-logs': [
      { prefix: '', format: ['s3-lines', 'json'] },
      { prefix: 'text/', format: ['s3-lines'] },
    ],
  },
  ...changes,
})

export const smallObjects = (changes: Changes = {}) => ({
  bucket: 'small-logs',
  prefix: 'fast/',
  ratePerSecond: 5,
  lines: 3,
  ...changes,
})

export const smallPipelineScenario = (changes: Changes = {}) => ({
  name: 'small',
  about: 'Nothing is broken.',
  pipeline: { config: '../pipeline/config.yml' },
  objects: [smallObjects()],
  duration: '1s',
  expect: [{ 'nothing-lost': {} }],
  ...changes,
})

/** Puts `pipeline/config.yml` and its handler, and one scenario beside them. Gives the scenario's path. */
export function putSmallPipeline(
  where: Playground,
  parts: {
    readonly folder?: string
    readonly scenario?: object
    readonly config?: object | Buffer
    readonly handler?: string
  } = {},
): string {
  const { folder = '.', scenario = smallPipelineScenario(), config = smallConfig(), handler = handlerText } = parts
  where.write(`${folder}/pipeline/handler.ts`, handler)
  where.write(`${folder}/pipeline/config.yml`, config)
  return where.write(`${folder}/scenarios/a.yaml`, scenario)
}
