// Asks the real Envoy whether it would take a foreign config, before anything of a run starts: a mistake in a user's file is
// bad input, not an environment that does not start. What a control plane serves cannot be asked about in this way.

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPlace, InputError } from '../core/errors.ts'
import { configUnderTest } from '../core/scenario-record.ts'
import { egressBootstrap } from './envoy/bootstrap.ts'
import { briefReason } from './envoy/rejection.ts'
import { isStatic, staticRuns } from './foreign-run.ts'
import { layOut } from './layout.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import { type CommandGuard, runBounded } from './tools/bounded-command.ts'

export interface ValidateOptions {
  readonly envoyBinary: string
  /** Takes a file for each config while Envoy reads it. */
  readonly folder: string
  readonly guard: CommandGuard
}

const timeoutMs = 10_000
const atOnceMax = 4

/** @throws InputError with Envoy's own words, for the first config of each file that it refuses */
export async function validateForeign(scenarios: readonly PreparedScenario[], options: ValidateOptions): Promise<void> {
  const left = scenarios.filter(({ record, foreign }) => foreign !== undefined && isStatic(record))
  const refusals: string[] = []
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const refusal = await refusalOf(next, options)
      if (refusal !== undefined) refusals.push(refusal)
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, () => work()))
  const different = [...new Set(refusals)].toSorted()
  if (different.length > 0) throw new InputError(different.join('\n'))
}

async function refusalOf(scenario: PreparedScenario, options: ValidateOptions): Promise<string | undefined> {
  const file = join(options.folder, `validate-${scenario.key}.json`)
  await writeFile(file, JSON.stringify(await bootstrapOf(scenario, options.folder)))
  try {
    const { guard, envoyBinary } = options
    const args = ['--mode', 'validate', '--config-path', file, '--log-level', 'error', '--disable-hot-restart']
    const format = ['--log-format', '[%l][%n] %v', '--log-format-escaped']
    const outcome = await runBounded(envoyBinary, [...args, ...format], {
      timeoutMs,
      env: guard.marker,
      signal: guard.signal,
    })
    guard.signal.throwIfAborted()
    if (outcome.code === 0) return undefined
    return inUsersFile(configUnderTest(scenario.record.mesh).from, whatEnvoySays(outcome.stderr))
  } finally {
    await rm(file, { force: true })
  }
}

/** As it will be started, but for the ports, which are not needed yet. */
async function bootstrapOf(scenario: PreparedScenario, folder: string) {
  let port = 20_000
  const layout = await layOut([scenario], async (count) => Array.from({ length: count }, () => port++))
  const [run] = staticRuns([scenario], layout.places).values()
  return egressBootstrap({
    nodeId: 'validate',
    nodeCluster: scenario.record.mesh.node,
    adminPort: layout.egressAdminPort,
    xdsPort: layout.xdsPort,
    pulsePort: layout.pulsePort,
    outlierLog: join(folder, 'validate-outliers.ndjson'),
    scenarios: layout.places,
    ...(run === undefined ? {} : { foreign: { run, served: 'static' as const } }),
  })
}

/** Its reason in one line, without the dumps of whole messages that it mixes in. */
export function whatEnvoySays(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /^\[(critical|error)\]/.test(line))
  const line = lines.find((one) => one.includes('error initializing configuration')) ?? lines[0] ?? stderr.trim()
  const plain = line.replaceAll('\\n', ' ').replaceAll(/\\(['"])/g, '$1')
  const reason = plain.replace(/^\[\w+\]\[\w+\] (error initializing configuration '[^']*': )?/, '')
  // Of a dump, the first name that it holds would be told: one of ours, as a rule.
  const words = briefReason(reason.replace(/\): \{.*$/, ')').replace(/^goo\.gle.*: (?=Proto constraint)/, ''))
  return words === '' ? 'nothing about why' : words
}

/** The line in the user's file on which something stands that Envoy names, where that is one line only. */
async function inUsersFile(file: string, words: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n')
  const named = [...words.matchAll(/['"]([^'"]{3,200})['"]/g)].map(([, name = '']) => name)
  for (const name of named) {
    const found = lines.flatMap((line, index) => (line.includes(name) ? [index + 1] : []))
    const [line] = found
    if (found.length === 1 && line !== undefined) return refusal(formatPlace({ file, line }), words)
  }
  return refusal(file, words)
}

function refusal(place: string, words: string): string {
  return `${place}: expected a config that Envoy takes, found one that it refuses\n  envoy says: ${words}`
}
