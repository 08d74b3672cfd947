// Runs a Node function as AWS's own runtime does, one event after another: handlers with a promise or a callback, CommonJS
// or ES modules, unhandled rejections that end the process. Events come and results go over a socket (function_process.py).

'use strict'

const { existsSync } = require('node:fs')
const { Socket } = require('node:net')
const { basename, dirname, join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { format } = require('node:util')

const channel = new Socket({ fd: Number(process.env.SHAKETABLE_CHANNEL), readable: true, writable: true })
for (const name of Object.keys(process.env)) if (name.startsWith('SHAKETABLE_')) delete process.env[name]

/** The event that is being worked on. */
let current

const say = (message, done) => channel.write(`${JSON.stringify(message)}\n`, done)

for (const [method, level] of Object.entries({
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
})) {
  console[method] = (...args) => {
    const text = format(...args).replaceAll('\n', '\r')
    process.stdout.write(`${new Date().toISOString()}\t${current?.requestId ?? 'undefined'}\t${level}\t${text}\n`)
  }
}

function errorOf(error, type) {
  if (!(error instanceof Error)) return { errorType: type ?? typeof error, errorMessage: String(error), trace: [] }
  return {
    errorType: type ?? error.name ?? 'Error',
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  }
}

function endFatally(error, type, exitCode) {
  current = undefined
  say({ error: errorOf(error, type), fatal: true }, () => process.exit(exitCode))
}

process.on('uncaughtException', (error) => endFatally(error, undefined, 129))
process.on('unhandledRejection', (reason) => endFatally(reason, 'Runtime.UnhandledPromiseRejection', 128))
// Nothing is left to do and no answer was given: AWS takes a callback handler's as null, and a promise as never settled.
process.on('beforeExit', () => {
  if (current === undefined) return
  if (current.answer !== undefined) return finish(current.answer)
  if (!current.isAsync) return finish({ result: 'null' })
  const text = 'The Lambda runtime client detected an unexpected Node.js exit code. A promise was never settled.'
  endFatally(new Error(text), 'Runtime.NodeJsExit', 130)
})

function finish(answer) {
  current = undefined
  channel.ref()
  say(answer)
}

function resultOf(value) {
  try {
    return { result: JSON.stringify(value === undefined ? null : value) ?? 'null' }
  } catch (error) {
    return { error: errorOf(error, 'Runtime.MarshalError') }
  }
}

function contextOf(event) {
  const { env } = process
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: event.arn,
    awsRequestId: event.requestId,
    getRemainingTimeInMillis: () => Math.max(0, event.deadlineMs - Date.now()),
    done: (error, value) => answer(event, context, error, value),
    fail: (error) => answer(event, context, error ?? 'handled'),
    succeed: (value) => answer(event, context, null, value),
  }
  return context
}

/** Of a callback: unless told otherwise, what is still under way is waited for. */
function answer(event, context, error, value) {
  if (current !== event || event.answer !== undefined) return
  event.answer = error === null || error === undefined ? resultOf(value) : { error: errorOf(error) }
  if (!context.callbackWaitsForEmptyEventLoop) setImmediate(() => current === event && finish(event.answer))
}

function work(handler, event) {
  current = event
  process.env._X_AMZN_TRACE_ID = event.trace
  // From now on an empty event loop means that nothing more will come.
  channel.unref()
  const context = contextOf(event)
  const settle = (message) => current === event && event.answer === undefined && finish(message)
  try {
    const payload = JSON.parse(event.payload === '' ? 'null' : event.payload)
    const returned = handler(payload, context, (error, value) => answer(event, context, error, value))
    // What a handler returns that is no promise does not count, on AWS neither.
    if (typeof returned?.then !== 'function') return
    event.isAsync = true
    returned.then(
      (value) => settle(resultOf(value)),
      (error) => settle({ error: errorOf(error) }),
    )
  } catch (error) {
    event.answer = undefined
    settle({ error: errorOf(error) })
  }
}

async function loadHandler() {
  const place = process.env._HANDLER ?? ''
  const [, moduleName, path] = /^([^.]*)\.(.+)$/.exec(basename(place)) ?? []
  if (path === undefined)
    throw Object.assign(new Error(`Bad handler ${place}`), { name: 'Runtime.MalformedHandlerName' })
  const base = join(process.env.LAMBDA_TASK_ROOT, dirname(place), moduleName)
  const file = ['.js', '.mjs', '.cjs', ''].map((end) => base + end).find((name) => existsSync(name))
  if (file === undefined) {
    const text = `Cannot find module '${moduleName}'\nRequire stack: ${base}`
    throw Object.assign(new Error(`Error: ${text}`), { name: 'Runtime.ImportModuleError' })
  }
  const handler = path.split('.').reduce((value, name) => value?.[name], await loadModule(file))
  if (typeof handler === 'function') return handler
  throw Object.assign(new Error(`${place} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' })
}

async function loadModule(file) {
  try {
    return file.endsWith('.mjs') ? await import(pathToFileURL(file)) : require(file)
  } catch (error) {
    if (['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error?.code)) return import(pathToFileURL(file))
    if (error instanceof SyntaxError) error.name = 'Runtime.UserCodeSyntaxError'
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND')
      error.name = 'Runtime.ImportModuleError'
    throw error
  }
}

function listen(handler) {
  let unread = []
  channel.on('data', (chunk) => {
    const end = chunk.indexOf(10)
    if (end < 0) return unread.push(chunk)
    const line = Buffer.concat([...unread, chunk.subarray(0, end)]).toString()
    unread = [chunk.subarray(end + 1)]
    // One turn later: connections that were closed while we were frozen are to be seen as closed before they are used again.
    setImmediate(work, handler, JSON.parse(line))
  })
}

// The executor is gone: nobody would hear of any result.
channel.on('close', () => process.exit(1))
channel.on('error', () => process.exit(1))
loadHandler().then(
  (handler) => {
    listen(handler)
    say({ ready: true })
  },
  (error) => say({ initError: errorOf(error) }, () => process.exit(1)),
)
