// Which service and operation a request is meant for. The service's name stands in the SigV4 credential scope; where the
// operation's name stands depends on the service's protocol. The handler's downstream is reached under `/_sink/`.

import type { Headers } from './exchange.ts'
import { type S3Target, s3Operation } from './s3-operation.ts'

export interface CallTarget {
  /** `s3`, `kinesis`, ..., `sink`; empty where the request is not signed. */
  readonly service: string
  /** Empty where it is told by the body (query protocol), or not known. */
  readonly operation: string
  readonly s3?: S3Target
  /** The Action stands in the body. */
  readonly query: boolean
}

/** No bucket's name begins with an underscore. */
export const sinkPrefix = '/_sink'

const renamed: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' }

export function callTarget(method: string, path: string, headers: Headers): CallTarget {
  if (path.startsWith(`${sinkPrefix}/`)) return { service: 'sink', operation: 'Deliver', query: false }
  const scope = serviceInScope(path, headers)
  const service = renamed[scope] ?? scope
  const amzTarget = headers['x-amz-target']
  if (typeof amzTarget === 'string') {
    return { service, operation: amzTarget.slice(amzTarget.lastIndexOf('.') + 1), query: false }
  }
  if (service === 's3') {
    const s3 = s3Operation(method, path, headers['x-amz-copy-source'] !== undefined)
    return { service, operation: s3.operation, s3, query: false }
  }
  if (service === 'lambda') return { service, operation: lambdaOperation(method, path), query: false }
  const inQuery = queryOf(path).get('Action')
  return { service, operation: inQuery ?? '', query: service !== '' && inQuery === null }
}

/** The query protocol's operation, once the body is there. */
export function actionIn(body: string): string {
  return new URLSearchParams(body).get('Action') ?? ''
}

function serviceInScope(path: string, headers: Headers): string {
  const authorization = headers.authorization
  const credential =
    /Credential=([^,\s]+)/.exec(typeof authorization === 'string' ? authorization : '')?.[1] ??
    queryOf(path).get('X-Amz-Credential') ??
    ''
  // KEY/20260101/us-east-1/SERVICE/aws4_request
  return credential.split('/').at(-2) ?? ''
}

/** Not by `URL`, which refuses what a client may well send. */
function queryOf(path: string): URLSearchParams {
  const mark = path.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1))
}

/** Method and path after the API's date; `*` stands for one segment. */
const lambdaPaths: readonly (readonly [method: string, path: string, operation: string])[] = [
  ['POST', 'functions/*/invocations', 'Invoke'],
  ['POST', 'functions/*/response-streaming-invocations', 'InvokeWithResponseStream'],
  ['POST', 'functions/*/invoke-async', 'InvokeAsync'],
  ['GET', 'functions', 'ListFunctions'],
  ['POST', 'functions', 'CreateFunction'],
  ['GET', 'functions/*', 'GetFunction'],
  ['DELETE', 'functions/*', 'DeleteFunction'],
  ['GET', 'functions/*/configuration', 'GetFunctionConfiguration'],
  ['PUT', 'functions/*/configuration', 'UpdateFunctionConfiguration'],
  ['PUT', 'functions/*/code', 'UpdateFunctionCode'],
  ['PUT', 'functions/*/concurrency', 'PutFunctionConcurrency'],
  ['GET', 'event-source-mappings', 'ListEventSourceMappings'],
  ['POST', 'event-source-mappings', 'CreateEventSourceMapping'],
  ['GET', 'event-source-mappings/*', 'GetEventSourceMapping'],
  ['PUT', 'event-source-mappings/*', 'UpdateEventSourceMapping'],
  ['DELETE', 'event-source-mappings/*', 'DeleteEventSourceMapping'],
]

export const lambdaOperations: readonly string[] = lambdaPaths.map(([, , operation]) => operation)

function lambdaOperation(method: string, path: string): string {
  const [, , ...segments] = (path.split('?')[0] ?? '').replace(/\/$/, '').split('/')
  const found = lambdaPaths.find(([itsMethod, pattern]) => {
    const parts = pattern.split('/')
    return (
      itsMethod === method &&
      parts.length === segments.length &&
      parts.every((part, index) => part === '*' || part === segments[index])
    )
  })
  return found?.[2] ?? ''
}
