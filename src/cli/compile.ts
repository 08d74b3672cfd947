// `shaketable compile`: the xDS objects of a service definition, as the control plane serves them.

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { InputError } from '../core/errors.ts'
import { compileDefinition, discoveryResponse } from '../mesh/compile.ts'
import { openDefinitions } from './definitions.ts'
import type { SetExitCode } from './exit-code.ts'

const types = {
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const

interface CompileOptions {
  readonly node?: string
  readonly dir?: string
}

export function compileCommand(_setExitCode: SetExitCode): Command {
  return new Command('compile')
    .description('compiles a service definition to Envoy v3 discovery objects')
    .argument('<definition>', 'a .yaml, .yml, .json or .jsonnet service definition')
    .option('--node <name>', "node cluster; default: the file's name")
    .option('--dir <folder>', 'object store to write to: v3/discovery/{clusters,routes}/NODE; default: stdout')
    .action(async (definition: string, { node, dir }: CompileOptions) => {
      const name = node ?? basename(definition, extname(definition))
      if (name === '' || /[/\\]/.test(name)) {
        throw new InputError(`--node ${JSON.stringify(name)}: expected a plain name without slashes`)
      }
      const progress = (line: string) => void process.stderr.write(`${line}\n`)
      const loaded = await openDefinitions(process.cwd(), progress).load(definition)
      const resources = compileDefinition(loaded.definition, name)
      const objects = {
        clusters: discoveryResponse(types.clusters, resources.clusters),
        routes: discoveryResponse(types.routes, resources.routes),
      }
      if (dir === undefined) return void process.stdout.write(`${JSON.stringify(objects, undefined, 2)}\n`)
      for (const [type, object] of Object.entries(objects)) {
        const file = join(resolve(dir), 'v3', 'discovery', type, name)
        await writeObject(file, `${JSON.stringify(object, undefined, 2)}\n`)
        process.stdout.write(`${file}\n`)
      }
    })
}

async function writeObject(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${(error as Error).message}; choose another --dir`)
  }
}
