import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../core/package-root.ts'
import { SEMANTICS, semanticProblem } from './semantics.ts'

const folder = join(packageRoot(), 'localstack', 'emulator', 'shaketable_localstack', 'mends')
const namesInCode = [
  ...(/^NAMES = \(([^)]*)\)/m.exec(readFileSync(join(folder, '__init__.py'), 'utf8'))?.[1] ?? '').matchAll(/"(\w+)"/g),
].map(([, name]) => name ?? '')

test('every semantic has an id of its own', () => {
  expect(new Set(SEMANTICS.map(({ id }) => id)).size).toBe(SEMANTICS.length)
})

test('every mend has its file, its row in the table of semantics, and its row in the README', () => {
  const files = readdirSync(folder)
  const readme = readFileSync(join(packageRoot(), 'localstack', 'README.md'), 'utf8')
  expect(namesInCode.length).toBeGreaterThan(15)
  const mends = new Set(SEMANTICS.filter(({ holds }) => holds === 'mended').map(({ reason }) => reason))
  for (const name of namesInCode) {
    expect(files).toContain(`${name}.py`)
    expect(readme).toContain(`| \`${name}\` |`)
    // This one changes times only, nothing that a function could see.
    if (name !== 'fast_create') expect(mends).toContain(name)
    mends.delete(name)
  }
  expect([...mends]).toEqual([])
})

test('only what does not hold is a problem, and the reason is said', () => {
  for (const { id, holds, sentence } of SEMANTICS) {
    const problem = semanticProblem(id)
    if (holds === 'no') expect(problem).toContain(sentence)
    else expect(problem).toBeUndefined()
  }
  expect(semanticProblem('dynamodb-capacity')).toBe(
    'Writes past the provisioned capacity of a table are throttled. Not so here: the emulator does not count capacity; ' +
      'forge ProvisionedThroughputExceededException in the fault hop.',
  )
  expect(semanticProblem('telepathy')).toBe('there is no semantic "telepathy" in the table of semantics')
})
