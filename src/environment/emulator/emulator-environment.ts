// The environment that LocalStack 4.8.1 is started with, every line of it for a reason. It keeps all its files inside the
// run's folder, listens on loopback only, asks nobody on the network for anything, and runs functions with our executor.

import { join } from 'node:path'
import { packageRoot } from '../../core/package-root.ts'

export interface EmulatorSettings {
  readonly folder: string
  readonly port: number
  readonly services: readonly string[]
  /** What functions get as AWS_ENDPOINT_URL. */
  readonly functionEndpoint: string
  readonly traceSocket: string
  readonly mends: 'all' | 'none' | readonly string[]
  /** Delays before the second and the third attempt of an asynchronous invocation. */
  readonly asyncRetryMs?: readonly [number, number] | undefined
  /** How long a planned timeout takes at most. */
  readonly timeoutMsMax?: number | undefined
}

/** Lambda keeps its code in S3, its queues with the SQS code, and takes roles from STS. */
const neededByLambda = ['s3', 'sqs', 'sts', 'iam']

export function emulatorEnvironment(settings: EmulatorSettings): Record<string, string> {
  const { folder, port, mends, asyncRetryMs, timeoutMsMax } = settings
  return {
    ...python(),
    // It believes to be in a container wherever it finds signs of one, and then writes to /var/lib, /usr/lib and /etc.
    OVERRIDE_IN_DOCKER: '0',
    FILESYSTEM_ROOT: folder,
    TMPDIR: join(folder, 'tmp'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    CONFIG_DIR: join(folder, 'config'),
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    // No analytics, no certificate from the network, no DNS server.
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    // Each call would be a line otherwise.
    LS_LOG: 'warning',
    PERSISTENCE: '0',
    SERVICES: servicesOf(settings.services).join(','),
    // Its services call each other without HTTP.
    IN_MEMORY_CLIENT: '1',
    LAMBDA_RUNTIME_EXECUTOR: 'shaketable',
    LAMBDA_SYNCHRONOUS_CREATE: '1',
    LAMBDA_RETRY_BASE_DELAY: '1',
    LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: '0.05',
    SHAKETABLE_NODE: process.execPath,
    SHAKETABLE_FUNCTION_ENDPOINT: settings.functionEndpoint,
    SHAKETABLE_TRACE_SOCKET: settings.traceSocket,
    SHAKETABLE_MENDS: typeof mends === 'string' ? mends : mends.join(','),
    ...(asyncRetryMs === undefined ? {} : { SHAKETABLE_ASYNC_RETRY_MS: asyncRetryMs.join(',') }),
    ...(timeoutMsMax === undefined ? {} : { SHAKETABLE_TIMEOUT_MS_MAX: String(timeoutMsMax) }),
  }
}

function python(): Record<string, string> {
  return {
    // Our executor and mends: a folder here is enough, they need no installation.
    PYTHONPATH: join(packageRoot(), 'localstack', 'emulator'),
    PYTHONNOUSERSITE: '1',
    PYTHONUNBUFFERED: '1',
    // Neither our package's folder nor the user's cache gets compiled files from a run.
    PYTHONDONTWRITEBYTECODE: '1',
  }
}

function servicesOf(services: readonly string[]): string[] {
  return [...new Set([...services, ...(services.includes('lambda') ? neededByLambda : [])])]
}
