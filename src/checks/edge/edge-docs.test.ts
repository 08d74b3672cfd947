import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../core/package-root.ts'
import { edgeRules } from './edge.ts'

test('the page tells every rule in its own words', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'checks.md'), 'utf8')
  const section = page.slice(page.indexOf('\n## edge\n'), page.indexOf('\n## callers\n'))
  const rows = [...section.matchAll(/^\| `([\w-]+)` \| ([^|]+) \|/gm)].map(([, name, about]) => ({ name, about }))
  expect(rows).toEqual(edgeRules.map(({ name, about }) => ({ name, about })))
})
