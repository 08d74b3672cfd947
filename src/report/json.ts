// report.json: the run's report as it is, for machines. Keys come in one fixed order (the model's, then the alphabet), so
// two reports can be compared line by line. `schema` says which version of src/core/report-model.ts it is.

import type { RunReport } from '../core/report-model.ts'

const leading = [
  'schema',
  'tool',
  'name',
  'version',
  'verdict',
  'exitCode',
  'check',
  'text',
  'summary',
  'id',
  'from',
  'to',
]
const place = new Map(leading.map((key, index) => [key, index]))

export function renderJson(report: RunReport): string {
  return `${JSON.stringify(report, inOrder, 2)}\n`
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => byPlace(left, right)))
}

function byPlace(left: string, right: string): number {
  const distance = (place.get(left) ?? leading.length) - (place.get(right) ?? leading.length)
  if (distance !== 0) return distance
  return left < right ? -1 : left > right ? 1 : 0
}
