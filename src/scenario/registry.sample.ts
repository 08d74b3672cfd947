// Small fault and check kinds for the tests of this folder, so that they hold whatever kinds cli/ registers.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { FaultKind } from '../core/fault.ts'
import type { MeshScenario, TrafficRecord } from '../core/scenario-record.ts'
import type { Registry } from './registry.ts'

const ratio = z.number().min(0).max(1)

const abort: FaultKind<{ status: number; ratio: number }> = {
  name: 'abort',
  about: 'Answers with a status instead of the upstream.',
  schema: z.strictObject({ status: z.int().min(200).max(599), ratio: ratio.default(1) }),
  isolated: false,
  describe: ({ status }) => String(status),
  plan: (config, _attempt, roll) => (roll() < config.ratio ? { status: config.status } : undefined),
}

const kill: FaultKind<Record<string, never>> = {
  name: 'kill',
  about: 'Ends a process.',
  schema: z.strictObject({}),
  isolated: true,
  describe: () => 'killed',
  inject: (fault, _config, surface) => surface.kill(fault.target, fault.host),
}

const push: FaultKind<{ definition: string }> = {
  name: 'push',
  about: 'Serves another definition.',
  schema: z.strictObject({ definition: z.string() }),
  isolated: false,
  describe: ({ definition }) => definition,
  inject: (_fault, config, surface) => surface.push(config.definition),
}

const crash: FaultKind<{ first?: number | undefined }> = {
  name: 'crash',
  about: "Ends a function's process.",
  schema: z.strictObject({ first: z.int().min(1).optional() }),
  isolated: false,
  describe: () => 'crashed',
  planInvocation: () => ({ crash: 'before' }),
}

const stall: FaultKind<Record<string, never>> = {
  name: 'stall',
  about: 'Stops the emulator for a while.',
  schema: z.strictObject({}),
  isolated: true,
  describe: () => 'stalled',
  injectPipeline: (_fault, _config, surface) => surface.freezeEmulator(),
}

function checkKind<Config>(
  name: string,
  schema: z.ZodType<Config>,
  unprovable?: (config: Config, requests: number) => string | undefined,
  judges: CheckKind['judges'] = 'mesh',
): CheckKind<Config> {
  return {
    name,
    about: `Checks ${name}.`,
    judges,
    schema,
    ...(unprovable === undefined ? {} : { unprovable }),
    start: () => ({
      observe: () => undefined,
      conclude: () => ({ verdict: 'inconclusive', summary: '', looked: 0, findings: [] }),
    }),
  }
}

export const sampleRegistry: Registry = {
  faults: [abort, kill, push, crash, stall] as readonly FaultKind[],
  checks: [
    checkKind('policy', z.strictObject({})),
    checkKind('success', z.string().regex(/^>= /, { error: 'a bound such as ">= 0.99"' }), (_bound, requests) =>
      requests < 688 ? `it takes 688 requests` : undefined,
    ),
    checkKind('latency', z.strictObject({ p99: z.string() })),
    checkKind('recovery', z.strictObject({ within: z.string(), fault: z.string().optional() })),
    checkKind('whole', z.strictObject({ fault: z.string().optional() }), undefined, 'pipeline'),
    checkKind(
      'share',
      z.string().regex(/^>= /, { error: 'a bound such as ">= 0.99"' }),
      (_bound, lines) => (lines < 100 ? 'it takes 100 lines' : undefined),
      'pipeline',
    ),
  ] as readonly CheckKind[],
}

export const sampleTraffic: TrafficRecord = {
  request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
  ratePerSecond: 100,
  arrivals: { kind: 'constant' },
  timeoutMs: 10_000,
  fromMs: 0,
  untilMs: 1000,
}

export const sampleRecord: MeshScenario = {
  name: 'sample',
  about: 'A sample.',
  file: '(inline)',
  mesh: { definition: '/book.yaml', node: 'book', declared: '/book.yaml' },
  upstreams: {},
  traffic: [sampleTraffic],
  durationMs: 1000,
  faults: [],
  expect: [{ check: 'policy', config: {} }],
  isolated: false,
}
