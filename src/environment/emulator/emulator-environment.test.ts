import { expect, test } from 'vitest'
import { emulatorEnvironment } from './emulator-environment.ts'

const settings = {
  folder: '/run/emulator',
  port: 12345,
  services: ['lambda', 'sns'],
  functionEndpoint: 'http://127.0.0.1:1',
  traceSocket: '/run/emulator/trace.sock',
  mends: 'all' as const,
}

test('all its files lie in the folder, and it listens on loopback', () => {
  const env = emulatorEnvironment(settings)
  for (const name of ['FILESYSTEM_ROOT', 'TMPDIR', 'XDG_CACHE_HOME', 'CONFIG_DIR']) {
    expect(env[name]).toMatch(/^\/run\/emulator/)
  }
  expect(env).toMatchObject({ OVERRIDE_IN_DOCKER: '0', GATEWAY_LISTEN: '127.0.0.1:12345', SHAKETABLE_MENDS: 'all' })
})

test('what Lambda itself needs is added, once', () => {
  expect(emulatorEnvironment(settings).SERVICES).toBe('lambda,sns,s3,sqs,sts,iam')
  expect(emulatorEnvironment({ ...settings, services: ['s3', 'sqs'] }).SERVICES).toBe('s3,sqs')
})

test('what was not asked for is not set', () => {
  expect(Object.keys(emulatorEnvironment(settings)).filter((name) => /RETRY_MS|TIMEOUT_MS/.test(name))).toEqual([])
  const compressed = emulatorEnvironment({
    ...settings,
    mends: ['bisect', 'kinesis'],
    asyncRetryMs: [1, 2],
    timeoutMsMax: 5,
  })
  expect(compressed).toMatchObject({
    SHAKETABLE_MENDS: 'bisect,kinesis',
    SHAKETABLE_ASYNC_RETRY_MS: '1,2',
    SHAKETABLE_TIMEOUT_MS_MAX: '5',
  })
})
