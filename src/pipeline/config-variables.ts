// The `${NAME}` in a handler's arguments, checked before anything is started: each must have a value where the pipeline
// runs, and one of them may be such that nothing can be seen without it. Every problem comes with its place in the file.

import type { InputError } from '../core/errors.ts'
import type { PipelineConfig } from './config.ts'
import { type ConfigProblem, hint, problemList } from './config-problems.ts'
import { readConfigSource } from './config-source.ts'

export interface Variables {
  /** Those that will have a value. */
  readonly known: readonly string[]
  /** One that must be there, and what for. */
  readonly needed?: { readonly name: string; readonly because: string }
}

/** @throws InputError */
export async function checkVariables({ file, handler }: PipelineConfig, variables: Variables): Promise<void> {
  const { known, needed } = variables
  const used = new Set<string>()
  const problems: ConfigProblem[] = []
  for (const { path, name } of variablesIn(handler.args, ['handler', 'args'])) {
    used.add(name)
    if (known.includes(name)) continue
    const text = `expected a variable that has a value here, found \${${name}}${hint(name, known)}`
    problems.push({ path, text })
  }
  if (needed !== undefined && !used.has(needed.name)) {
    const text = `expected \${${needed.name}} in one of the arguments, found none; ${needed.because}`
    problems.push({ path: ['handler', 'args'], text })
  }
  if (problems.length > 0) throw await placed(file, problems)
}

async function placed(file: string, problems: readonly ConfigProblem[]): Promise<InputError> {
  return problemList(await readConfigSource(file), file, problems)
}

interface Variable {
  readonly path: readonly PropertyKey[]
  readonly name: string
}

function variablesIn(value: unknown, path: readonly PropertyKey[]): readonly Variable[] {
  if (typeof value === 'string') {
    return [...value.matchAll(/\$\{([^}]*)\}/g)].map(([, name = '']) => ({ path, name }))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => variablesIn(inner, [...path, key]))
}
