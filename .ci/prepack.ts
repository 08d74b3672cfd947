// Builds dist/ for `npm pack`: Node strips no types under node_modules, so what is published is JavaScript, and of the
// sources only those that esbuild bundles into a pipeline's functions. It also takes out of package.json what only a
// checkout needs: the pinned runtime would put its `node` into other people's node_modules/.bin. npm packs what lies on
// disk, so the checkout's own package.json has to step aside meanwhile:
//
//   prepack:  build ─► start the guard ─► keep package.json aside ─► write the published one
//   npm:      makes the tarball
//   postpack: puts the checkout's package.json back; should it never be called, because packing failed or npm was killed,
//             the guard does it as soon as npm is gone

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { $ } from 'zx'

const manifest = 'package.json'
/** One for each npm, so that the guard of a pack that has ended cannot undo the next one. */
const asidePrefix = '.package.json.before-pack.'
const asideOf = (npm: number) => `${asidePrefix}${npm}`
/** What others import: `shaketable` and `shaketable/handler`. */
const importable = ['src/scenario/scenario-input.ts', 'src/pipeline/handler.ts']
const guardLimitMs = 30 * 60_000
const guardPollMs = 50
const outlivedMs = 1_000

const [order, npmPid] = process.argv.slice(2)
if (order === '--restore') await restore(await npmAbove(process.ppid))
else if (order === '--guard') await guard(Number(npmPid))
else await prepare()

async function prepare(): Promise<void> {
  await healLeftovers()
  await bundle()
  const text = await readFile(manifest, 'utf8')
  const { optionalDependencies: _runtime, devDependencies: _tools, knip: _check, ...published } = JSON.parse(text)
  const npm = await npmAbove(process.ppid)
  startGuard(npm)
  // A second name for the same file is there at once and whole, whenever we are killed.
  await link(manifest, asideOf(npm))
  await writeFile(`${manifest}.tmp`, `${JSON.stringify({ ...published, scripts: {} }, undefined, 2)}\n`)
  await rename(`${manifest}.tmp`, manifest)
}

async function bundle(): Promise<void> {
  // Only here: the guard and postpack must not fail because the tools are gone.
  const { build } = await import('esbuild')
  await rm('dist', { recursive: true, force: true })
  await build({
    entryPoints: [
      'src/main.ts',
      'src/environment/control-plane/control-plane-process.ts',
      'src/environment/upstream/upstream-process.ts',
      'src/environment/relay/relay-process.ts',
      'src/environment/relay/black-hole-worker.ts',
      'src/load/generator-worker.ts',
      'src/cli/pipeline/local-worker.ts',
      ...importable,
    ],
    outdir: 'dist',
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    legalComments: 'none',
  })
  // Types for authors of `*.scenario.ts` and of handlers; one after the other, so that both lie in dist/ itself.
  const flags = ['--declaration', '--emitDeclarationOnly', '--strict', '--skipLibCheck', '--ignoreConfig']
  const target = ['--module', 'nodenext', '--target', 'es2024', '--outDir', 'dist']
  for (const entry of importable) await $`tsc ${flags} ${target} ${entry}`
  await copyFile('src/environment/process/watchdog-child.mjs', 'dist/watchdog-child.mjs')
}

async function restore(npm: number): Promise<void> {
  if (!existsSync(asideOf(npm))) return
  await rename(asideOf(npm), manifest)
  // Two names of one file: rename leaves both.
  await rm(asideOf(npm), { force: true })
  await rm(`${manifest}.tmp`, { force: true })
}

/** Of a pack that was killed together with its guard. */
async function healLeftovers(): Promise<void> {
  for (const name of await readdir('.')) {
    const npm = name.startsWith(asidePrefix) ? Number(name.slice(asidePrefix.length)) : Number.NaN
    if (Number.isInteger(npm) && !isRunning(npm)) await restore(npm)
  }
}

function startGuard(npm: number): void {
  const program = fileURLToPath(import.meta.url)
  spawn(process.execPath, [program, '--guard', String(npm)], { detached: true, stdio: 'ignore' }).unref()
}

async function guard(npm: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < guardLimitMs && isRunning(npm); waitedMs += guardPollMs) await pause(guardPollMs)
  // A prepack that outlived npm may still be about to put the file aside.
  for (let waitedMs = 0; waitedMs < outlivedMs; waitedMs += guardPollMs) {
    await restore(npm)
    await pause(guardPollMs)
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** npm runs its scripts in a shell, which ends before the tarball is made. */
async function npmAbove(pid: number): Promise<number> {
  const { name, parent } = await processOf(pid)
  return /^-?(sh|dash|bash|zsh|ash|ksh)$/.test(name) && parent > 1 ? npmAbove(parent) : pid
}

async function processOf(pid: number): Promise<{ readonly name: string; readonly parent: number }> {
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) }
  }
  const [, parent = '1', path = ''] = /^\s*(\d+) (.*)$/.exec((await $`ps -o ppid=,comm= -p ${pid}`).stdout.trim()) ?? []
  return { name: path.split('/').at(-1) ?? '', parent: Number(parent) }
}
