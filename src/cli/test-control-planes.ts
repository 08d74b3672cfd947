// For the tests of control planes: scenarios that ask those of fixtures/foreign, and what their report says.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '../core/report-model.ts'
import type { Playground } from './test-rig.ts'

export const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url))
export const shop = fixture('foreign/xds/shop')
export const shopNext = fixture('foreign/xds/shop-next')
export const refused = fixture('foreign/xds/refused')
export const allFail = { name: 'all-fail', target: 'catalogue', abort: { status: 503 } }

export type Protocol = 'rest' | 'grpc' | 'delta-grpc'

/** The small one in TypeScript. */
export const served = (protocol: Protocol, ...more: readonly string[]) => ({
  protocol,
  command: [
    ...[process.execPath, fixture('foreign/control-plane/serve.ts'), '--listen', '127.0.0.1:{port}'],
    ...['--protocol', protocol === 'rest' ? 'rest' : 'ads', '--serve', shop, ...more],
  ],
})

export const trafficTo = (...hosts: readonly string[]) =>
  hosts.map((host) => ({ request: { host, path: '/' }, ratePerSecond: 30 }))

export const scenario = (name: string, mesh: object, changes: object = {}) => ({
  name,
  about: `xds: ${name}`,
  mesh: { node: 'shop', ...mesh },
  traffic: trafficTo('catalogue', 'reviews'),
  duration: '1500ms',
  expect: [{ policy: {} }],
  ...changes,
})

type Recorded = Readonly<Record<string, unknown>> & { readonly scenario: string; readonly kind: string }

/** Runs these scenarios, and gives what was recorded and what the report says of each. */
export async function runTogether(where: Playground, folder: string, scenarios: readonly { readonly name: string }[]) {
  for (const one of scenarios) where.write(`${folder}/${one.name}.yaml`, one)
  const end = await where.shaketable(['run', folder, '--dir', `${folder}-reports`, '--seed', 'xds'])
  const run = join(where.folder, `${folder}-reports`, 'latest')
  const read = (name: string) => readFileSync(join(run, name), 'utf8')
  const report = JSON.parse(read('report.json')) as RunReport
  const history: Recorded[] = read('history.ndjson')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line))
  return {
    end,
    patch: read('config.patch'),
    verdicts: Object.fromEntries(report.scenarios.map((one) => [one.name, soundOf(one)])),
    events: (name: string, kind: string) => history.filter((one) => one.scenario === name && one.kind === kind),
  }
}

/** On a busy machine the oracle may not be able to time enough requests; everything else was judged all the same. */
function soundOf({ verdict, expectations }: RunReport['scenarios'][number]): string {
  const undecided = expectations.filter((one) => one.verdict === 'inconclusive')
  const isBusy = undecided.every(({ summary }) => summary.includes('the machine was too slow'))
  return verdict === 'inconclusive' && isBusy ? 'pass' : verdict
}

/** What is said on the way is no error. */
export function withoutProgress(stderr: string): string {
  return stderr.replace(/^(seed |control plane: ).*\n/gm, '')
}
