// `shaketable init`: from a config that nobody has shaken yet to scenarios that pass and a CI workflow, without editing a
// file. It writes new files only, and says what it left out and why.

import { relative, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { InputError } from '../core/errors.ts'
import type { ControlPlaneRecord } from '../core/scenario-record.ts'
import type { SetExitCode } from './exit-code.ts'
import { schemaFor, writeSchema, writeWorkflow } from './init/around-scenarios.ts'
import { commandWords } from './init/command-words.ts'
import { type Planned, planConfigs, planControlPlane } from './init/plan-all.ts'
import type { Stubs } from './init/read-config.ts'
import { writeNew } from './init/write-new.ts'

interface InitOptions {
  readonly dir: string
  readonly force?: boolean
  readonly ci: boolean
  readonly stub: Stubs
  readonly controlPlane?: readonly string[]
  readonly protocol: ControlPlaneRecord['protocol']
  readonly node?: string
  readonly nodeId?: string
}

type Say = (line: string) => void

const what = 'service definition, envoy.yaml, config dump, xDS directory, or a folder; default: this folder'
/** From here on one scenario is proposed before all of them: the first report is to come soon. */
const manyScenarios = 8

export function initCommand(_setExitCode: SetExitCode): Command {
  return new Command('init')
    .description('writes a passing scenario for each upstream of a config, and a CI workflow')
    .argument('[config]', what)
    .option(
      '--control-plane <command>',
      'your own control plane, in place of a config; {port}: its port',
      commandOption,
    )
    .addOption(
      new Option('--protocol <protocol>', 'how that is asked').choices(['rest', 'grpc', 'delta-grpc']).default('grpc'),
    )
    .option('--node <name>', "node.cluster that it is asked as; default of --control-plane: 'shaketable'")
    .option('--node-id <id>', 'node.id that it is asked as; default: the node')
    .option(
      '--stub <name=allow>',
      'take out a filter that asks a service which is not here; repeatable',
      stubOption,
      {},
    )
    .option('--dir <folder>', 'where scenarios go', 'scenarios')
    .option('--force', 'overwrite files that exist')
    .option('--no-ci', 'no .github/workflows/shaketable.yml')
    .action(init)
}

async function init(given: string | undefined, options: InitOptions): Promise<void> {
  const cwd = process.cwd()
  const say: Say = (line) => void process.stdout.write(`${line}\n`)
  const dir = resolve(cwd, options.dir)
  const schemaFile = schemaFor(dir, cwd)
  const planned = await planAll(given, options, { cwd, dir, schemaFile, stubs: options.stub, say })
  const files = await writeAll(planned, options.force === true, say)
  if (files.length === 0) {
    throw new InputError('no cluster can be reached by a request, so nothing was written; the reasons stand above')
  }
  await writeSchema(schemaFile, dir)
  if (options.ci) say(await writeWorkflow(dir, cwd, options.force === true))
  sayNext(files, relative(cwd, dir) || '.', say)
}

function planAll(
  given: string | undefined,
  { controlPlane, protocol, node, nodeId }: InitOptions,
  planning: Parameters<typeof planConfigs>[1],
): Promise<readonly Planned[]> {
  if (controlPlane === undefined) {
    if (node !== undefined || nodeId !== undefined) {
      throw new InputError('--node and --node-id are those of a --control-plane; a config in files has its own')
    }
    return planConfigs(given, planning)
  }
  if (given !== undefined) throw new InputError(`${given}: expected no config beside --control-plane, which serves it`)
  const record = { command: controlPlane, cwd: planning.cwd, env: {}, protocol }
  return planControlPlane(nodeId === undefined ? record : { ...record, nodeId }, node ?? 'shaketable', planning)
}

/** @returns the scenario files that are there now, written or kept */
async function writeAll(planned: readonly Planned[], force: boolean, say: Say): Promise<readonly string[]> {
  const files: string[] = []
  for (const { title, config } of planned) {
    say(title)
    for (const { file, text, cluster } of config.scenarios) {
      const shown = relative(process.cwd(), file)
      const isWritten = await writeNew(file, text, force)
      say(isWritten ? `  wrote ${shown}: requests to ${cluster}` : `  kept ${shown}: it exists; --force overwrites it`)
      files.push(shown)
    }
    for (const { cluster, reason } of config.unreached) say(`  left out ${cluster}: ${reason}`)
  }
  return files
}

function sayNext(files: readonly string[], dir: string, say: Say): void {
  say('')
  const isMany = files.length > manyScenarios
  if (isMany) say(`next: npx shaketable run ${files[0]}`)
  say(`${isMany ? 'then' : 'next'}: npx shaketable run ${dir}`)
}

function commandOption(text: string): readonly string[] {
  const words = commandWords(text)
  if (words?.some((word) => word.includes('{port}'))) return words
  if (words !== undefined)
    throw new InvalidArgumentError('Expected {port} in it, where the port goes that it is to listen on.')
  throw new InvalidArgumentError("Expected a program and its arguments; what takes a shell goes into sh -c '...'.")
}

function stubOption(text: string, before: Stubs): Stubs {
  const [, name, stub] = /^(.+?)=(.*)$/.exec(text) ?? []
  if (name !== undefined && stub === 'allow') return { ...before, [name]: 'allow' }
  throw new InvalidArgumentError('Expected a filter and what to do, for instance envoy.filters.http.ext_authz=allow.')
}
