// Golden files of the reporters, in fixtures/reports/. `UPDATE_GOLDEN=1` writes them anew, to be read in the diff; without it
// a difference fails. For tests only.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

const folder = new URL('../../fixtures/reports/', import.meta.url)

/** `name` has `.golden.` in it, which keeps the formatter away. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
  expect(text, `fixtures/reports/${name} (UPDATE_GOLDEN=1 writes it anew)`).toBe(readFileSync(file, 'utf8'))
}
