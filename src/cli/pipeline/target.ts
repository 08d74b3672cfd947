// Where an operator's command goes: the pipeline of a config, in an emulator on this machine or, if that is asked for, in
// AWS. What is not on loopback is refused without `--aws`, so that nobody drains a real pipeline while trying something.

import { isIP } from 'node:net'
import { type Command, InvalidArgumentError } from 'commander'
import { InputError } from '../../core/errors.ts'
import { type AwsClients, operatorClients } from '../../environment/pipeline/aws-clients.ts'
import { loadPipelineConfig, type PipelineConfig } from '../../pipeline/config.ts'
import { type ResourceNames, resourceNames } from '../../pipeline/function-roles.ts'

export interface TargetOptions {
  readonly config: string
  readonly endpoint?: URL
  readonly aws?: boolean
}

export interface Target extends Disposable {
  readonly config: PipelineConfig
  readonly names: ResourceNames
  /** For messages: `http://127.0.0.1:4566`, `AWS`. */
  readonly place: string
  readonly aws: AwsClients
}

/** A call that only looks; two attempts at most. */
const lookTimeoutMs = 10_000
const lookAttemptsMax = 2

export const configOption = ['--config <file>', "the pipeline's config", './config.yml'] as const

/** The options of every command that speaks to a deployed pipeline. */
export function targetOptions(command: Command): Command {
  return command
    .option(...configOption)
    .option('--endpoint <url>', 'of the emulator; default: AWS_ENDPOINT_URL', endpointUrl)
    .option('--aws', 'allow a target beyond this machine, with your own credentials and region')
}

/** @throws InputError for a config that is not right, or a target that is not allowed */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const endpoint = options.endpoint ?? endpointOfEnvironment()
  const ownAccount = options.aws === true
  if (!ownAccount) refuseBeyondLoopback(endpoint)
  const config = await loadPipelineConfig(options.config)
  const aws = operatorClients({
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    ownAccount,
    requestTimeoutMs: lookTimeoutMs,
    maxAttempts: lookAttemptsMax,
  })
  return {
    config,
    names: resourceNames(config, config.stackName),
    place: placeOf(endpoint),
    aws,
    [Symbol.dispose]: () => aws.destroy(),
  }
}

/** The same target for one call that may take `timeoutMs` and must not be sent twice. */
export function patientClients(options: TargetOptions, timeoutMs: number): AwsClients {
  const endpoint = options.endpoint ?? endpointOfEnvironment()
  return operatorClients({
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    ownAccount: options.aws === true,
    requestTimeoutMs: timeoutMs,
    maxAttempts: 1,
  })
}

function refuseBeyondLoopback(endpoint: URL | undefined): void {
  const advice = 'give --aws to allow it, with your own credentials and region'
  if (endpoint === undefined) {
    throw new InputError(
      'expected an emulator by --endpoint URL or AWS_ENDPOINT_URL, found neither, which means the real AWS\n' +
        `  hint: ${advice}`,
    )
  }
  if (isLoopback(endpoint.hostname)) return
  throw new InputError(
    `endpoint ${placeOf(endpoint)}: expected an address of this machine (127.0.0.1, localhost), found another\n` +
      `  hint: ${advice}`,
  )
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}

/** Without what a URL may hold of secrets. */
function placeOf(endpoint: URL | undefined): string {
  return endpoint === undefined ? 'AWS' : endpoint.origin
}

function endpointOfEnvironment(): URL | undefined {
  const text = process.env.AWS_ENDPOINT_URL
  if (text === undefined || text === '') return undefined
  const url = httpUrl(text)
  if (url !== undefined) return url
  throw new InputError(`AWS_ENDPOINT_URL: expected a URL like http://127.0.0.1:4566, found ${JSON.stringify(text)}`)
}

function endpointUrl(text: string): URL {
  const url = httpUrl(text)
  if (url !== undefined) return url
  throw new InvalidArgumentError('Expected a URL like http://127.0.0.1:4566.')
}

function httpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
}
