// `shaketable pipeline local FILE...`: what the pipeline would make of these files, with no cloud: they go through the code
// of Main and the handler of the config. Bad lines and a handler that throws are shown with their places.

import { stat } from 'node:fs/promises'
import { Command } from 'commander'
import { hintFor } from '../../core/did-you-mean.ts'
import { exitCodes, InputError } from '../../core/errors.ts'
import { checkHandler, compileHandler } from '../../environment/pipeline/handler-check.ts'
import { expandArgs, loadPipelineConfig, type PipelineConfig } from '../../pipeline/config.ts'
import { chainProblems, functionTimeoutMs } from '../../pipeline/config-rules.ts'
import type { HandlerArgs } from '../../pipeline/handler.ts'
import { formatsOf } from '../../pipeline/routing.ts'
import type { SetExitCode } from '../exit-code.ts'
import { localJson, localText } from './local-report.ts'
import { runLocally } from './local-run.ts'
import type { LocalFile, LocalReport } from './local-worker-messages.ts'
import { assignment, type FormOption, formOption, wholeNumber } from './options.ts'
import { configOption } from './target.ts'

interface LocalOptions extends FormOption {
  readonly config: string
  readonly format?: string
  readonly bucket?: string
  readonly key?: string
  readonly set?: Readonly<Record<string, string>>
  readonly timeout: number
}

const badShownMax = 20
const secondsMax = 3600

export function localCommand(setExitCode: SetExitCode): Command {
  return new Command('local')
    .description("runs the config's handler on local files, with no cloud")
    .argument('<file...>', 'log files; gzip when the key ends in .gz')
    .option(...configOption)
    .option('--format <a,b,c>', 'what is in the files: a source, then parsers; for instance s3-lines,json')
    .option('--bucket <name>', 'instead of --format: as the bucket_mapping of the config has it')
    .option('--key <key>', "with --bucket: the object's key; default: the file's path as it is given")
    .option('--set <name=value>', "a value for the handler's arguments; may be repeated", assignment)
    .option('--timeout <seconds>', 'for each file', wholeNumber(1, secondsMax), functionTimeoutMs / 1000)
    .addOption(formOption())
    .action(async (paths: readonly string[], options: LocalOptions) => {
      const config = await loadPipelineConfig(options.config)
      const args = argsOf(config, options.set ?? {})
      const files = await Promise.all(paths.map((path) => localFile(path, paths.length, config, options)))
      const handlerPath = config.handler.path
      await checkHandler(handlerPath)
      const code = await compileHandler(handlerPath)
      const reports: LocalReport[] = []
      for await (const report of runLocally({
        code,
        handlerPath,
        args,
        files,
        badShownMax,
        timeoutMs: options.timeout * 1000,
      })) {
        const file = files[reports.length]
        reports.push(report)
        if (options.output === 'text' && file !== undefined) process.stdout.write(localText(file, report, handlerPath))
      }
      if (options.output === 'json') process.stdout.write(localJson(files, reports, handlerPath))
      const isGood = reports.every(({ bad, failure }) => bad === 0 && failure === undefined)
      if (!isGood) setExitCode(exitCodes.fail)
    })
}

/** @throws InputError for a file that cannot be read, or of which the config does not know what it is */
async function localFile(
  path: string,
  count: number,
  config: PipelineConfig,
  options: LocalOptions,
): Promise<LocalFile> {
  if (options.key !== undefined && count > 1) {
    throw new InputError(`--key: expected one file, found ${count}; a key is the name of one object`)
  }
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      `${path}: expected a log file, found ${error.code === 'ENOENT' ? 'nothing there' : error.code}`,
    )
  })
  if (!status.isFile()) throw new InputError(`${path}: expected a log file, found something else`)
  return {
    path,
    bytes: status.size,
    bucket: options.bucket ?? 'local',
    key: options.key ?? path,
    formats: formatsFor(path, config, options),
    timestampMs: Math.floor(status.mtimeMs),
  }
}

function formatsFor(path: string, config: PipelineConfig, { format, bucket, key }: LocalOptions): readonly string[] {
  const buckets = Object.keys(config.bucketMapping)
  if (format !== undefined && bucket !== undefined) throw new InputError('expected --format or --bucket, found both')
  if (format !== undefined) {
    const names = format.split(',').map((name) => name.trim())
    const [problem] = chainProblems(names)
    if (problem !== undefined) throw new InputError(`--format ${format}: ${problem.text}`)
    return names
  }
  if (bucket === undefined) {
    throw new InputError(
      'expected what is in the files, by --format s3-lines,json or by --bucket NAME and --key KEY; found neither\n' +
        `  hint: ${config.file} knows the buckets ${buckets.join(', ')}`,
    )
  }
  if (!buckets.includes(bucket)) {
    const hint = hintFor(bucket, buckets)
    throw new InputError(
      `--bucket ${bucket}: expected a bucket of the bucket_mapping of ${config.file}, found none of this name` +
        `${hint === undefined ? '' : `; ${hint}`}`,
    )
  }
  const formats = formatsOf(config, bucket, key ?? path)
  if (formats.length > 0) return formats
  const prefixes = (config.bucketMapping[bucket] ?? []).map(({ prefix }) => JSON.stringify(prefix)).join(', ')
  throw new InputError(
    `key ${JSON.stringify(key ?? path)}: expected one of the prefixes ${prefixes} of ${bucket} in ${config.file}, found none of them` +
      `${key === undefined ? '; give the key by --key' : ''}`,
  )
}

/** @throws InputError for a value that is missing, or that nothing asks for */
function argsOf({ handler, file }: PipelineConfig, values: Readonly<Record<string, string>>): HandlerArgs {
  const asked = [...new Set(JSON.stringify(handler.args).match(/\$\{[^}"]*\}/g))].map((name) => name.slice(2, -1))
  for (const name of Object.keys(values)) {
    if (asked.includes(name)) continue
    const hint = hintFor(name, asked)
    throw new InputError(
      `--set ${name}: expected a name that handler.args of ${file} holds as \${${name}}, found none` +
        `${hint === undefined ? '' : `; ${hint}`}`,
    )
  }
  const missing = asked.filter((name) => values[name] === undefined)
  if (missing.length > 0) {
    const settings = missing.map((name) => `--set ${name}=VALUE`).join(' ')
    throw new InputError(
      `handler.args of ${file}: expected values for ${missing.join(', ')}, found none; add ${settings}`,
    )
  }
  return expandArgs(handler.args, values)
}
