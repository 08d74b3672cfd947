#!/usr/bin/env node
// The `bin`: finds the program and a Node that can run it, and turns whatever goes wrong into one message and an exit
// code, never a stack trace (SHAKETABLE_DEBUG=1 shows it). Plain JavaScript, because it has to run on old Nodes, too:
//
//   Node 24 or newer   ->  main(arguments) of src/main.ts on a checkout, of dist/main.js in the published package
//   older, checkout    ->  itself again on the runtime that `npm ci` has put into node_modules
//   older, package     ->  one line, exit 4

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const oldestNode = 24
const exitEnvironment = 4
const exitBug = 70
/** Set for the second launcher, which has a channel to the first. */
const relaunched = process.env.SHAKETABLE_RELAUNCHED === '1'
delete process.env.SHAKETABLE_RELAUNCHED

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const source = here('./main.ts')
const bundle = here('../dist/main.js')
const onSources = existsSync(source)
const pinnedNode = here('../node_modules/.bin/node')

process.on('uncaughtException', endWith)
process.on('unhandledRejection', endWith)

if (Number(process.versions.node.split('.')[0]) >= oldestNode) {
  if (relaunched && process.channel) guardAgainstOrphanhood()
  await start().catch(endWith)
} else if (!relaunched && onSources && existsSync(pinnedNode)) {
  relaunch()
} else {
  const remedy = onSources ? 'run `npm ci` here, which brings it, or install it' : 'install it'
  fail(`shaketable needs Node ${oldestNode} or newer, this is ${process.versions.node}: ${remedy}`, exitEnvironment)
}

async function start() {
  if (!onSources && !existsSync(bundle)) {
    fail(`incomplete installation: ${bundle} is missing`, exitEnvironment)
    return
  }
  const { main } = await import(new URL(onSources ? './main.ts' : '../dist/main.js', import.meta.url).href)
  process.exitCode = await main(process.argv.slice(2))
}

/** The first launcher's death, `kill -9` included, closes the channel: then this process must end as well. */
function guardAgainstOrphanhood() {
  process.channel.unref()
  process.once('disconnect', () => process.exit(128 + constants.signals.SIGKILL))
}

function relaunch() {
  const child = spawn(pinnedNode, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, SHAKETABLE_RELAUNCHED: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.once('error', (error) => fail(`the pinned Node does not start: ${error.message}`, exitEnvironment))
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function endWith(error) {
  const known = typeof error?.exitCode === 'number'
  const message = error instanceof Error ? error.message : String(error)
  if (process.env.SHAKETABLE_DEBUG === '1' && error?.stack) process.stderr.write(`${error.stack}\n`)
  fail(
    known ? message : `internal error, a bug of shaketable: ${message} (SHAKETABLE_DEBUG=1 shows where)`,
    known ? error.exitCode : exitBug,
  )
  // Something may still keep the loop alive after an unforeseen error; processes of the run are the watchdog's.
  process.exit()
}

function fail(line, exitCode) {
  process.stderr.write(`${line}\n`)
  process.exitCode = exitCode
}
