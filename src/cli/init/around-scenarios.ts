// What stands beside the scenarios that `init` writes: the schema that editors complete them with, and the CI workflow that
// runs them.

import { existsSync } from 'node:fs'
import { copyFile, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { packageRoot, packageVersion } from '../../core/package-root.ts'
import { workflowText } from './workflow.ts'
import { writeNew } from './write-new.ts'

const schema = join('docs', 'scenario.schema.json')

/** Of the installed package where there is one, so that it always is that of the version; else a copy beside the scenarios. */
export function schemaFor(dir: string, cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const installed = join(folder, 'node_modules', 'shaketable', schema)
    if (existsSync(installed)) return installed
    if (folder === packageRoot()) return join(folder, schema)
    if (folder === dirname(folder)) return copyIn(dir)
  }
}

/** The copy is ours: it is always that of this version. */
export async function writeSchema(schemaFile: string, dir: string): Promise<void> {
  if (schemaFile === copyIn(dir)) await copyFile(join(packageRoot(), schema), schemaFile)
}

const copyIn = (dir: string) => join(dir, 'scenario.schema.json')

/** At the root of the repository, which is where GitHub looks. */
export async function writeWorkflow(dir: string, cwd: string, force: boolean): Promise<string> {
  const root = repositoryRoot(cwd)
  const file = join(root, '.github', 'workflows', 'shaketable.yml')
  const folder = relative(root, cwd).replaceAll('\\', '/')
  const text = workflowText({
    version: packageVersion(),
    scenarios: relative(cwd, dir).replaceAll('\\', '/') || '.',
    isInstalled: await isInstalled(cwd),
    ...(folder === '' ? {} : { workingDirectory: folder }),
  })
  const shown = relative(cwd, file)
  return (await writeNew(file, text, force)) ? `wrote ${shown}` : `kept ${shown}: it exists; --force overwrites it`
}

function repositoryRoot(cwd: string): string {
  for (let folder = cwd; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
  }
  return cwd
}

/** `npm ci` brings shaketable: a lock file names it, or it is the project itself. */
async function isInstalled(cwd: string): Promise<boolean> {
  if (cwd === packageRoot()) return true
  const lock = await readFile(join(cwd, 'package-lock.json'), 'utf8').catch(() => '')
  return lock.includes('"node_modules/shaketable"')
}
