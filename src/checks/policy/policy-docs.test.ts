import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../core/package-root.ts'
import { policyRules } from './policy.ts'
import { mistakes } from './power/mistakes.ts'

const page = readFileSync(join(packageRoot(), 'docs', 'policy.md'), 'utf8')

test('the page tells every rule in its own words', () => {
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| ([^|]+) \|/gm)].map(([, name, about]) => ({ name, about }))
  expect(rows).toEqual(policyRules.map(({ name, about }) => ({ name, about })))
})

test('the page counts the seeded mistakes', () => {
  expect(page).toContain(`seeds ${mistakes.length} mistakes`)
})
