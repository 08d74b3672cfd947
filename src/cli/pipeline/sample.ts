// `shaketable pipeline sample`: log lines of a format, and `sample event`: the payload that a function gets for an object.
// Both are made from the seed alone, by what also makes the files of a run.

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { InputError } from '../../core/errors.ts'
import type { LaneName } from '../../core/history.ts'
import type { ObjectsRecord } from '../../core/scenario-record.ts'
import { contentFormats } from '../../load/objects/line-text.ts'
import { objectContent } from '../../load/objects/object-content.ts'
import { laneNames } from '../../pipeline/function-roles.ts'
import type { SetExitCode } from '../exit-code.ts'
import { ratio, wholeNumber } from './options.ts'
import { type PayloadKind, payloadKinds, samplePayload } from './sample-event.ts'

interface SampleOptions {
  readonly format: string
  readonly lines: number
  readonly lineBytes: number
  readonly poisonRatio: number
  readonly seed: string
  readonly to?: string
}

interface EventOptions {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly lane: LaneName
  readonly for: PayloadKind
}

const linesMax = 10_000_000
const lineBytesMax = 1_000_000

export function sampleCommand(_setExitCode: SetExitCode): Command {
  const command = new Command('sample')
    .description('writes sample log lines of a format; `sample event` the payload of a function')
    .addOption(new Option('--format <name>', 'what is in the lines').choices(contentFormats).default('json'))
    .option('--lines <n>', 'how many', wholeNumber(0, linesMax), 10)
    .option('--line-bytes <n>', 'pads each line to about so many bytes', wholeNumber(0, lineBytesMax), 0)
    .option('--poison-ratio <r>', 'share of the lines that no parser can read', ratio, 0)
    .option('--seed <seed>', 'the same seed gives the same lines', 'sample')
    .option('--to <file>', 'a file instead of stdout; gzip when it ends in .gz')
    .action(writeLines)
  return command.addCommand(eventCommand())
}

function eventCommand(): Command {
  return new Command('event')
    .description('writes the payload that a function of the pipeline gets for an object')
    .requiredOption('--bucket <name>', "the object's bucket")
    .requiredOption('--key <key>', "the object's key, not encoded")
    .option('--size <bytes>', "the object's size", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1024)
    .addOption(new Option('--lane <lane>', 'lane of the event record').choices(laneNames).default('fast'))
    .addOption(
      new Option('--for <function>', "whose payload; s3: S3's own notification").choices(payloadKinds).default('s3'),
    )
    .action(({ for: kind, ...object }: EventOptions) => {
      if (object.bucket === '' || object.key === '' || !object.key.isWellFormed()) {
        throw new InputError('sample event: expected a bucket and a key of well-formed Unicode, neither of them empty')
      }
      process.stdout.write(`${JSON.stringify(samplePayload(kind, object), undefined, 2)}\n`)
    })
}

async function writeLines({ to, seed, ...options }: SampleOptions): Promise<void> {
  const gzip = to?.endsWith('.gz') === true
  const body = await objectContent(seed, 'sample', recordOf(options, gzip), 0).body()
  const bytes = body instanceof Uint8Array ? body : body.stream
  if (to === undefined) return printed(body instanceof Uint8Array ? [body] : body.stream)
  try {
    await writeFile(to, bytes)
  } catch (error) {
    throw new InputError(`cannot write ${to}: ${(error as Error).message}; choose another --to`)
  }
}

function recordOf(options: Omit<SampleOptions, 'to' | 'seed'>, gzip: boolean): ObjectsRecord {
  return {
    ...options,
    bucket: 'sample',
    prefix: 'lines-',
    suffix: gzip ? '.log.gz' : '.log',
    gzip,
    ratePerSecond: 1,
    arrivals: { kind: 'constant' },
    unreadableRatio: 0,
    equalTexts: false,
    fromMs: 0,
    untilMs: 1000,
  }
}

/** As fast as it is read; whoever reads no further (`| head`) ends it. */
async function printed(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const { stdout } = process
  for await (const chunk of chunks) {
    if (!stdout.writable) return
    if (!stdout.write(chunk)) await once(stdout, 'drain').catch(() => {})
  }
}
