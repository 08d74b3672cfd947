// What a call to the target says when it fails, as one error that names what was looked for, where, and what to do. The
// SDK's own messages are often empty or speak of sockets.

import { EnvironmentError, InputError } from '../../core/errors.ts'
import type { Target } from './target.ts'

interface AwsError {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  /** Each address that was tried, where there were several. */
  readonly errors?: readonly AwsError[]
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const detailLettersMax = 300

/** @throws EnvironmentError; errors that are ours already stay as they are */
export async function asked<Result>(
  target: Pick<Target, 'place' | 'config'>,
  what: string,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof InputError || error instanceof EnvironmentError) throw error
    throw new EnvironmentError(troubleOf(target, what, error as AwsError))
  }
}

function troubleOf({ place, config }: Pick<Target, 'place' | 'config'>, what: string, error: AwsError): string {
  const looked = `${what} at ${place}`
  if (isMissing(error)) {
    return (
      `${looked}: expected it to be there, found that it does not exist${detail(error)}\n` +
      `  hint: is the stack "${config.stackName}" of ${config.file} deployed there? Another --config or --endpoint may be meant`
    )
  }
  const unreachable = connectionTrouble(error)
  if (unreachable !== undefined) {
    const start = place === 'AWS' ? 'check the network' : 'start the emulator, or give its --endpoint'
    return `${looked}: expected an answer, found ${unreachable}\n  hint: ${start}`
  }
  if (/credential|token/i.test(error.name ?? '')) {
    return `${looked}: expected credentials, found none that work${detail(error)}\n  hint: set AWS_PROFILE, or sign in`
  }
  if (/region is missing/i.test(error.message ?? '')) {
    return `${looked}: expected a region, found none\n  hint: set AWS_REGION`
  }
  const status = error.$metadata?.httpStatusCode
  const answer = status === undefined ? 'no answer that can be read' : `status ${status}`
  return `${looked}: expected an answer of AWS, found ${answer}${detail(error)}\n  hint: is that an AWS endpoint, and may you ask it this?`
}

function isMissing({ name = '', message = '' }: AwsError): boolean {
  return name === 'ResourceNotFoundException' || /NotFound|NoSuch|DoesNotExist/.test(`${name} ${message.slice(0, 80)}`)
}

function connectionTrouble(error: AwsError): string | undefined {
  const { code, name = '' } = error.code === undefined ? { ...error, ...error.errors?.[0] } : error
  if (code === 'ECONNREFUSED') return 'that nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'that the connection broke off'
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') return 'none in time'
  return code !== undefined && /^(E[A-Z]+|ERR_|HPE_)/.test(code) ? `an error of the connection (${code})` : undefined
}

function detail({ name, message }: AwsError): string {
  const text = [name, message?.split('\n', 1)[0]].filter((part) => part !== undefined && part !== '').join(': ')
  return text === '' ? '' : ` (${text.slice(0, detailLettersMax)})`
}
