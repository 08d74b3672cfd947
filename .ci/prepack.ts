// Builds dist/ for `npm pack`: Node strips no types under node_modules, so what is published is JavaScript. It also takes
// out of package.json what only a checkout needs: the pinned runtime would put its `node` into other people's
// node_modules/.bin. `postpack` puts the checkout's package.json back.

import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { $ } from 'zx'

const backup = '.package.json.before-pack'

if (process.argv.includes('--restore')) {
  await copyFile(backup, 'package.json')
  await rm(backup)
} else {
  await $`rm -rf dist`
  await build({
    entryPoints: [
      'src/main.ts',
      'src/environment/control-plane/control-plane-process.ts',
      'src/environment/upstream/upstream-process.ts',
      'src/load/generator-worker.ts',
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
  await copyFile('src/environment/process/watchdog-child.mjs', 'dist/watchdog-child.mjs')
  const text = await readFile('package.json', 'utf8')
  await writeFile(backup, text)
  const { optionalDependencies: _runtime, devDependencies: _tools, ...published } = JSON.parse(text)
  published.scripts = {}
  await writeFile('package.json', `${JSON.stringify(published, undefined, 2)}\n`)
}
