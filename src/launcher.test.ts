// The launcher in a folder of the test's own, with a program that stands in for ours.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { processIdentity } from './environment/process/process-identity.ts'

let folder: string
let launcher: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-test-'))
  launcher = write('src/launcher.mjs', '')
  copyFileSync(fileURLToPath(new URL('./launcher.mjs', import.meta.url)), launcher)
  write('package.json', '{ "type": "module" }')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** Makes a node at `node_modules/.bin/node`, as `npm ci` does. */
function pinNode(): void {
  chmodSync(write('node_modules/.bin/node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`), 0o755)
}

/** Makes the first launcher, not the one that it starts, believe that it runs on Node 20. */
const old = (): string[] => {
  const preload = write(
    'old.mjs',
    `if (!process.env.SHAKETABLE_RELAUNCHED) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })`,
  )
  return ['--import', preload]
}

function launch(args: readonly string[] = [], nodeArgs: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, launcher, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const main = (body: string) => `export async function main(args: readonly string[]): Promise<number> { ${body} }`

test('the program gets the arguments, its number is the exit code', () => {
  write('src/main.ts', main('console.log(args.join()); return 2'))
  expect(launch(['run', 'a b'])).toEqual({ status: 2, stdout: 'run,a b\n', stderr: '' })
})

test('the bundle is used when there are no sources, and only then', () => {
  write('dist/main.js', 'export const main = async () => { console.log("bundle"); return 0 }')
  expect(launch()).toMatchObject({ status: 0, stdout: 'bundle\n' })
  write('src/main.ts', main('console.log("sources"); return 0'))
  expect(launch()).toMatchObject({ status: 0, stdout: 'sources\n' })
})

describe('no stack trace', () => {
  test.for([
    [
      'an error with an exit code',
      'throw Object.assign(new Error("book.yaml:3: no"), { exitCode: 3 })',
      3,
      /^book\.yaml:3: no\n$/,
    ],
    [
      'a bug',
      'throw new TypeError("x is undefined")',
      70,
      /^internal error, a bug of shaketable: x is undefined \(.*\)\n$/,
    ],
    [
      'a forgotten promise',
      'Promise.reject(new Error("lost")); return new Promise(() => {})',
      70,
      /a bug of shaketable: lost/,
    ],
    [
      'a throwing timer',
      'setTimeout(() => { throw null }, 1); return new Promise(() => {})',
      70,
      /a bug of shaketable: null/,
    ],
  ] as const)('for %s', ([, body, code, message]) => {
    write('src/main.ts', main(body))
    const outcome = launch()
    expect(outcome).toMatchObject({ status: code, stdout: '' })
    expect(outcome.stderr).toMatch(message)
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('for a program that does not load', () => {
    write('src/main.ts', 'import "./missing.ts"')
    const outcome = launch()
    expect(outcome.status).toBe(70)
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('for an installation without a program', () => {
    expect(launch()).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^incomplete installation: .*main\.js is missing\n$/),
    })
  })
})

describe('on an older Node', () => {
  test('one line and exit 4, where no newer one is pinned', () => {
    write('src/main.ts', main('return 0'))
    const outcome = launch([], old())
    expect(outcome).toMatchObject({ status: 4, stdout: '' })
    expect(outcome.stderr).toBe(
      'shaketable needs Node 24 or newer, this is 20.1.0: run `npm ci` here, which brings it, or install it\n',
    )
  })

  test('a package never runs a node_modules of its own', () => {
    write('dist/main.js', 'export const main = async () => 0')
    pinNode()
    expect(launch([], old())).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/this is 20\.1\.0: install it\n$/),
    })
  })

  test('the pinned one runs the program: arguments, output and exit code pass through', () => {
    pinNode()
    write('src/main.ts', main('console.log(args.join(), process.env.SHAKETABLE_RELAUNCHED ?? "clean"); return 2'))
    expect(launch(['run', '--seed', '7'], old())).toEqual({ status: 2, stdout: 'run,--seed,7 clean\n', stderr: '' })
  })

  test('signals are passed on', async () => {
    pinNode()
    write(
      'src/main.ts',
      main('process.on("SIGTERM", () => process.exit(143)); setInterval(() => {}, 1000); console.log("up"); return 0'),
    )
    const child = spawn(process.execPath, [...old(), launcher], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([143, null])
  })

  test('kill -9 of the launcher ends the program as well', async () => {
    pinNode()
    write('src/main.ts', main('setInterval(() => {}, 1000); console.log(process.pid); return 0'))
    const child = spawn(process.execPath, [...old(), launcher], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    const pid = Number(chunk.toString())
    expect(pid).not.toBe(child.pid)
    expect(processIdentity(pid)).toBeDefined()
    child.kill('SIGKILL')
    await expect.poll(() => processIdentity(pid), { timeout: 2000, interval: 10 }).toBeUndefined()
  })
})
