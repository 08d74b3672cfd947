import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadPipelineConfig } from './config.ts'
import { checkVariables } from './config-variables.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-variables-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'handler.ts'), '')

const name = (text: string) => `\${${text}}`

/** What is wrong with these arguments, where SINK_URL and MODE have values and SINK_URL must be there. */
async function problem(args: string): Promise<string | undefined> {
  const file = join(folder, 'config.yml')
  writeFileSync(
    file,
    `stack_name: logs
backend: { sns_topics: [{ name: A, arn: 'arn:aws:sns:us-east-1:000000000000:a' }] }
handler:
  path: handler.ts
${args}
bucket_mapping: { logs: [{ format: [s3-lines] }] }
`,
  )
  const needed = { name: 'SINK_URL', because: 'so it is' }
  const checking = checkVariables(await loadPipelineConfig(file), { known: ['SINK_URL', 'MODE'], needed })
  return checking.then(
    () => undefined,
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  )
}

test.each([
  ['one', `  args: { url: '${name('SINK_URL')}' }`],
  ['several, deep inside', `  args: { a: [{ b: 'x${name('SINK_URL')}/${name('MODE')}' }], c: 1, d: null }`],
])('%s with values', async (_what, args) => {
  expect(await problem(args)).toBeUndefined()
})

test('one without a value, by its place', async () => {
  expect(await problem(`  args:\n    url: ${name('SINK_URL')}\n    more:\n      - x\n      - ${name('MOD')}`)).toBe(
    `config.yml:9:9 (/handler/args/more/1): expected a variable that has a value here, found ${name('MOD')}; did you mean "MODE"?`,
  )
})

test('the one that must be there and is not', async () => {
  const expected = `expected ${name('SINK_URL')} in one of the arguments, found none; so it is`
  expect(await problem('  args: { mode: fast }')).toBe(`config.yml:5:3 (/handler/args): ${expected}`)
  expect(await problem('  concurrency: 2')).toContain(expected)
})

test('all problems come together', async () => {
  const text = await problem(`  args: { a: '${name('X')}${name('Y')}' }`)
  expect(text).toMatch(/^config\.yml has 3 problems:\n(?: {2}config\.yml:5:\d+ .*\n?){3}$/)
})
