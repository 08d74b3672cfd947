// Scenarios in TypeScript: a module whose default export is a scenario or a list of them. It is the user's own code and is
// run; only commands that run scenarios load it. There are no lines to point at, so places are JSON pointers.

import { pathToFileURL } from 'node:url'
import { InputError } from '../core/errors.ts'
import { describe, pointerOf, type Source } from './problem.ts'

const importMs = 10_000
const scenariosMax = 500

/** @throws InputError when the module cannot be imported or exports no scenario */
export async function readTypeScriptSources(file: string, absoluteFile: string): Promise<readonly Source[]> {
  const exported = await importDefault(file, absoluteFile)
  if (typeof exported !== 'object' || exported === null) {
    throw new InputError(
      `${file}: expected a default export that is a scenario or a list of them, found ${describe(exported)}; ` +
        'write: export default defineScenario({ ... })',
    )
  }
  const several = Array.isArray(exported)
  const values: readonly unknown[] = several ? exported : [exported]
  if (values.length === 0 || values.length > scenariosMax) {
    throw new InputError(`${file}: expected 1 to ${scenariosMax} scenarios, found ${values.length}`)
  }
  return values.map((value, index) => ({
    file,
    absoluteFile,
    value,
    place: (path) => ({ file, pointer: pointerOf(several ? [index, ...path] : path) }),
  }))
}

async function importDefault(file: string, absoluteFile: string): Promise<unknown> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error(`it was not loaded after ${importMs} ms`))
  }, importMs)
  try {
    const module: unknown = await Promise.race([import(pathToFileURL(absoluteFile).href), late.promise])
    return (module as { readonly default?: unknown }).default
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new InputError(`${file}: expected a module, found one that cannot be loaded: ${reason.slice(0, 500)}`)
  } finally {
    clearTimeout(timer)
  }
}
