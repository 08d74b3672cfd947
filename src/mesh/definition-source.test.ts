// The line behind a pointer, also through anchors and merge keys, where the line to edit is the anchor's.

import { expect, test } from 'vitest'
import { parseDefinition } from './definition.ts'

const text = `version: 1
dependencies:
  - &user
    name: user
    cluster_name: "a/b~c"
    lb: "[::1]:80"
    tls: false
    connect_timeout_ms: 250
    routes:
      - &root
        prefix: /
        timeout_ms: 3000
        retry_policy: &retry
          retry_on: 5xx
          num_retries: 3
          per_try_timeout_ms: 700
      - <<: *root
        prefix: /b
  - <<: [*user]
    name: other
    cluster_name: other
    routes:
      - { path: /, timeout_ms: 1, retry_policy: *retry }
`

test.each([
  ['', 1, 1, 'version: 1'],
  ['/version', 1, 10, 'version: 1'],
  ['/dependencies', 2, 1, 'dependencies:'],
  ['/dependencies/0', 4, 5, 'name: user'],
  ['/dependencies/0/lb', 6, 9, 'lb: "[::1]:80"'],
  ['/dependencies/0/routes/0/retry_policy', 13, 9, 'retry_policy: &retry'],
  ['/dependencies/0/routes/0/retry_policy/num_retries', 15, 24, 'num_retries: 3'],
  ['/dependencies/0/routes/1/prefix', 18, 17, 'prefix: /b'],
  ['/dependencies/0/routes/1/timeout_ms', 12, 21, 'timeout_ms: 3000'],
  ['/dependencies/0/routes/1/retry_policy/retry_on', 14, 21, 'retry_on: 5xx'],
  ['/dependencies/1/lb', 6, 9, 'lb: "[::1]:80"'],
  ['/dependencies/1/routes/0/timeout_ms', 23, 32, '- { path: /, timeout_ms: 1, retry_policy: *retry }'],
  ['/dependencies/1/routes/0/retry_policy/num_retries', 15, 24, 'num_retries: 3'],
  // What is not there leads to what it would stand in.
  ['/dependencies/0/circuit_breaker/max_retries', 4, 5, 'name: user'],
  ['/dependencies/9', 2, 1, 'dependencies:'],
  ['/nowhere', 1, 1, 'version: 1'],
])('%s', (pointer, line, column, source) => {
  const loaded = parseDefinition(text, 'book.yaml', 'yaml')
  expect(loaded.lineOf(pointer)).toEqual({ file: 'book.yaml', pointer, line, column, text: source })
})

test('JSON has lines', () => {
  const { definition } = parseDefinition(text, 'book.yaml', 'yaml')
  const loaded = parseDefinition(JSON.stringify(definition, null, 2), 'book.json', 'json')
  expect(loaded.lineOf('/dependencies/0/routes/1/timeout_ms')).toMatchObject({ text: '"timeout_ms": 3000,' })
})

test('jsonnet has values instead', () => {
  const { definition } = parseDefinition(text, 'book.yaml', 'yaml')
  const loaded = parseDefinition(JSON.stringify(definition), 'book.jsonnet', 'jsonnet')
  const pointer = '/dependencies/0/routes/1/timeout_ms'
  expect(loaded.lineOf(pointer)).toEqual({ file: 'book.jsonnet', pointer, text: '3000' })
})

test('an anchor may be used hundreds of times', () => {
  const routes = Array.from(
    { length: 400 },
    (_, index) => `      - { path: /${index}, timeout_ms: 1, retry_policy: *retry }`,
  )
  const { definition } = parseDefinition(text + routes.join('\n'), 'book.yaml', 'yaml')
  expect(definition.dependencies[1]?.routes).toHaveLength(401)
})
