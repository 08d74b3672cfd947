// Bundles the functions of the pipeline, each to a zip with one CommonJS file that Lambda's Node loads without anything
// else: the sources of localstack/functions, the user's handler in Main, the AWS SDK. The same sources give the same bytes,
// so a deployment that changes nothing uploads nothing new.

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { zipSync } from 'fflate'
import { packageRoot } from '../../core/package-root.ts'
import { type FunctionRole, functionRoles } from '../../pipeline/function-roles.ts'
import { checkHandler } from './handler-check.ts'

/** A change of one source, which must hold `find` exactly once: how the mistakes of others are put into our code. */
export interface SourceEdit {
  /** From the package's root, for instance `localstack/functions/drain.ts`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface BundleOptions {
  /** Absolute. */
  readonly handlerPath: string
  readonly edits?: readonly SourceEdit[]
}

export type FunctionZips = Readonly<Record<FunctionRole, Uint8Array>>

const sources: Readonly<Record<FunctionRole, string>> = {
  'event-pusher': 'event-pusher',
  'dispatcher-fast': 'dispatcher',
  'dispatcher-slow': 'dispatcher',
  main: 'main',
  reporter: 'reporter',
  drain: 'drain',
}

const bundled = new Map<string, Promise<FunctionZips>>()
/** A zip's own oldest time: with the clock's the bytes would never be the same. */
const zipTime = new Date(1980, 0, 1)

/** Each set of options is bundled once in a process. @throws InputError where the handler does not load */
export function bundleFunctions(options: BundleOptions): Promise<FunctionZips> {
  const key = JSON.stringify([options.handlerPath, options.edits ?? []])
  const known = bundled.get(key)
  if (known !== undefined) return known
  const zips = bundle(options)
  bundled.set(key, zips)
  return zips
}

async function bundle({ handlerPath, edits = [] }: BundleOptions): Promise<FunctionZips> {
  await checkHandler(handlerPath)
  const root = packageRoot()
  const result = await build({
    // All in one go, so that the parts of the SDK that they share are read once.
    entryPoints: [...new Set(Object.values(sources))].map((source) => ({ in: source, out: source })),
    absWorkingDir: root,
    outdir: '/',
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [entries(handlerPath), ...(edits.length > 0 ? [editing(edits)] : [])],
  })
  const zips = new Map(result.outputFiles.map(({ path, contents }) => [basename(path, '.js'), zip(contents)]))
  const zipOf = (role: FunctionRole): Uint8Array => {
    const bytes = zips.get(sources[role])
    if (bytes === undefined) throw new Error(`esbuild gave no bundle of ${sources[role]}`)
    return bytes
  }
  return Object.fromEntries(functionRoles.map((role) => [role, zipOf(role)])) as FunctionZips
}

/** What Lambda loads: the function's source, and for Main the user's handler put into it. */
function entries(handlerPath: string): Plugin {
  const root = packageRoot()
  return {
    name: 'entries',
    setup(context) {
      context.onResolve({ filter: /./ }, ({ kind, path }) =>
        kind === 'entry-point' ? { path, namespace: 'entry' } : undefined,
      )
      context.onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => {
        const source = JSON.stringify(join(root, 'localstack', 'functions', `${path}.ts`))
        const main = `import create from ${JSON.stringify(handlerPath)}\nimport { mainOf } from ${source}\nexport const handler = mainOf(create)`
        return { contents: path === 'main' ? main : `export { handler } from ${source}`, resolveDir: root }
      })
    },
  }
}

function zip(code: Uint8Array): Uint8Array {
  // The lightest compression: the zip goes over loopback once, and the bundles must not make anyone wait.
  return zipSync({ 'index.js': [code, { mtime: zipTime }] }, { level: 1 })
}

function editing(edits: readonly SourceEdit[]): Plugin {
  const root = packageRoot()
  return {
    name: 'edits',
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => join(root, file) === path)
        if (own.length === 0) return undefined
        return { contents: own.reduce(edited, await readFile(path, 'utf8')), loader: 'ts' }
      })
    },
  }
}

function edited(text: string, { file, find, replace }: SourceEdit): string {
  const parts = text.split(find)
  if (parts.length !== 2)
    throw new Error(`${file}: expected once ${JSON.stringify(find)}, found ${parts.length - 1} times`)
  return parts.join(replace)
}
