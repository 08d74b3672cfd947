import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { headline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeEach(async () => {
  folder = await scenarioFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

describe('what no honest scenario has is one clear error', () => {
  const noise = (bytes: number, seed: number) =>
    Uint8Array.from({ length: bytes }, (_, index) => Math.imul(index + seed, 2654435761) >>> 13)

  test.each<[string, string | Uint8Array, RegExp]>([
    [
      '1 MB of noise',
      noise(1_000_000, 1),
      /^mesh\/a\.yaml: expected a scenario of at most 256 KiB, found 1000000 bytes$/,
    ],
    ['noise', noise(100_000, 7), /^mesh\/a\.yaml:\d+: expected UTF-8 text, found other bytes; save the file as UTF-8$/],
    ['binary', 'name: a\u0000b', /^mesh\/a\.yaml:1: expected YAML text, found binary data$/],
    ['UTF-16', Buffer.from('\ufeffname: a', 'utf16le'), /expected UTF-8 text/],
    ['Latin-1', Buffer.from('name: a\nabout: caf\u00e9', 'latin1'), /^mesh\/a\.yaml:2: expected UTF-8 text/],
    ['empty', '', /^mesh\/a\.yaml: expected a scenario, found an empty file/],
    ['comments only', '# nothing\n', /expected a scenario, found an empty file/],
    ['a scalar', 'hello', /^mesh\/a\.yaml:1:1: expected a map, found "hello"$/],
    ['several documents', `${headline}---\n${headline}`, /^mesh\/a\.yaml:23:1: expected one YAML document a file/],
    [
      'duplicate key',
      `${headline}name: x\n`,
      /^mesh\/a\.yaml:23:1: expected YAML, found a mistake in it: Map keys must be unique/,
    ],
    ['tag', headline.replace('about: ', 'about: !!js/function '), /Unresolved tag/],
    [
      'unknown alias',
      headline.replace('hosts: 2', 'hosts: *n'),
      /expected aliases that can be written out, found Unresolved alias/,
    ],
    ['deep nesting', '['.repeat(20_000), /^mesh\/a\.yaml: expected a scenario, found YAML that is nested too deep$/],
    [
      'alias bomb',
      ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)].join('\n'),
      /^mesh\/a\.yaml: expected aliases that can be written out, found aliases that multiply beyond 100/,
    ],
    ['prototype key', `${headline}__proto__: { a: 1 }\n`, /:23:1 \(\/__proto__\): expected a known key/],
  ])('%s', async (_title, content, message) => {
    const text = await folder.refusal(content)
    expect(text).toMatch(message)
    expect(text).not.toMatch(/\n\s+at /)
  })

  test.each<[string, string, RegExp]>([
    ['throws', "throw new Error('boom')", /^mesh\/a\.scenario\.ts: expected a module, found one .*boom/],
    [
      'exports nothing',
      'export const a = 1',
      /expected a default export that is a scenario or a list of them, found nothing/,
    ],
    ['exports an empty list', 'export default []', /expected 1 to 500 scenarios, found 0/],
    [
      'exports something else',
      'export default [{ name: 1 }]',
      /^mesh\/a\.scenario\.ts \(\/0\/name\): expected a name of lower-case/,
    ],
  ])('a module that %s', async (title, content, message) => {
    expect(await folder.refusal(content, `mesh/a.scenario.ts`.replace('a.', `${title.replaceAll(' ', '-')}.`))).toMatch(
      new RegExp(message.source.replace('a\\.scenario', `${title.replaceAll(' ', '-')}\\.scenario`)),
    )
  })
})
