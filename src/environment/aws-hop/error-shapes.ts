// Errors as each service would answer them, so that both SDKs classify them as on AWS: throttling is retried with a longer
// back-off, server errors are retried, client errors are not. The shapes follow the protocols: JSON, query XML, S3's
// rest-xml, Lambda's rest-json. The handler's downstream has a plain JSON answer.

import { randomUUID } from 'node:crypto'
import type { Headers } from './exchange.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly code: string
  readonly headers: Headers
  readonly body: Buffer
}

type Protocol = 'json' | 'query' | 's3' | 'lambda' | 'sink'

const protocols: Readonly<Record<string, Protocol>> = {
  kinesis: 'json',
  dynamodb: 'json',
  sqs: 'json',
  logs: 'json',
  events: 'json',
  cloudwatch: 'json',
  sns: 'query',
  cloudformation: 'query',
  iam: 'query',
  sts: 'query',
  s3: 's3',
  lambda: 'lambda',
  sink: 'sink',
}

const throttles: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  kinesis: [400, 'ProvisionedThroughputExceededException', 'Rate exceeded for the stream.'],
  dynamodb: [
    400,
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded.',
  ],
  s3: [503, 'SlowDown', 'Please reduce your request rate.'],
  lambda: [429, 'TooManyRequestsException', 'Rate Exceeded.'],
  sqs: [400, 'RequestThrottled', 'The request was denied due to request throttling.'],
  sink: [429, 'TooManyRequests', 'Slow down.'],
}

/** The service's own throttling error. */
export function throttleAnswer(service: string): ErrorAnswer {
  const [status, code, message] =
    throttles[service] ??
    (protocolOf(service) === 'query'
      ? [400, 'Throttling', 'Rate exceeded']
      : [400, 'ThrottlingException', 'Rate exceeded'])
  return shaped(service, status, code, message)
}

/** A generic error with this status. */
export function errorAnswer(service: string, status: number): ErrorAnswer {
  return shaped(service, status, codeOf(service, status), 'A planned fault of the shake table.')
}

function codeOf(service: string, status: number): string {
  const protocol = protocolOf(service)
  if (status === 429) return throttles[service]?.[1] ?? 'ThrottlingException'
  if (protocol === 's3') {
    const known: Readonly<Record<number, string>> = {
      403: 'AccessDenied',
      404: 'NoSuchKey',
      500: 'InternalError',
      503: 'ServiceUnavailable',
    }
    return known[status] ?? (status >= 500 ? 'InternalError' : 'InvalidRequest')
  }
  if (status === 503) return protocol === 'query' ? 'ServiceUnavailable' : 'ServiceUnavailableException'
  if (status >= 500) {
    if (service === 'dynamodb') return 'InternalServerError'
    if (protocol === 'lambda') return 'ServiceException'
    return 'InternalFailure'
  }
  if (status === 403) return protocol === 'query' ? 'AuthorizationError' : 'AccessDeniedException'
  if (status === 404) return protocol === 'query' ? 'NotFound' : 'ResourceNotFoundException'
  return protocol === 'query' ? 'InvalidParameter' : 'ValidationException'
}

function protocolOf(service: string): Protocol {
  return protocols[service] ?? 'json'
}

function shaped(service: string, status: number, code: string, message: string): ErrorAnswer {
  const requestId = randomUUID()
  const who = status >= 500 ? 'Receiver' : 'Sender'
  switch (protocolOf(service)) {
    case 'json': {
      const type = service === 'dynamodb' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1'
      const body = JSON.stringify({ __type: code, message })
      return answer(status, code, type, body, { 'x-amzn-requestid': requestId, 'x-amzn-errortype': code })
    }
    case 'lambda': {
      const body = JSON.stringify({
        Type: who === 'Sender' ? 'User' : 'Service',
        message,
        ...(status === 429 ? { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' } : {}),
      })
      return answer(status, code, 'application/json', body, { 'x-amzn-requestid': requestId, 'x-amzn-errortype': code })
    }
    case 'query': {
      const body = `<?xml version="1.0"?>\n<ErrorResponse xmlns="https://${service}.amazonaws.com/doc/"><Error><Type>${who}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
      return answer(status, code, 'text/xml', body, { 'x-amzn-requestid': requestId })
    }
    case 's3': {
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`
      return answer(status, code, 'application/xml', body, { 'x-amz-request-id': requestId })
    }
    case 'sink':
      return answer(status, code, 'application/json', JSON.stringify({ error: message }), {})
  }
}

function answer(status: number, code: string, type: string, text: string, extra: Headers): ErrorAnswer {
  const body = Buffer.from(text)
  return { status, code, body, headers: { 'content-type': type, 'content-length': String(body.length), ...extra } }
}

/** The AWS error code that an answer of the emulator bears; undefined where it bears none. */
export function codeIn(headers: Headers, body: string): string | undefined {
  const type = headers['x-amzn-errortype']
  if (typeof type === 'string' && type !== '') return shortCode(type)
  const inXml = /<Code>([^<]{1,200})<\/Code>/.exec(body)?.[1]
  if (inXml !== undefined) return inXml
  const inJson = /"(?:__type|code|Code)"\s*:\s*"([^"]{1,200})"/.exec(body)?.[1]
  return inJson === undefined ? undefined : shortCode(inJson)
}

/** `com.amazonaws.sqs#QueueDoesNotExist`, `ResourceNotFoundException:http://...`: the name alone. */
function shortCode(code: string): string {
  return (code.split('#').at(-1) ?? code).split(':')[0] ?? code
}
