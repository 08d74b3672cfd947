import { expect, test } from 'vitest'
import { whatEnvoySays } from './validate-foreign.ts'

test.each([
  ["[critical][main] error initializing configuration \\'/a/b.json\\': missing ): (", 'missing ): ('],
  [
    "[critical][main] error initializing configuration \\'b.json\\': Unable to parse JSON as proto (INVALID_ARGUMENT: could not find @type \\'type.googleapis.com/my.Own\\'): {\\\"static_resources\\\":{}}",
    "Unable to parse JSON as proto (INVALID_ARGUMENT: could not find @type 'type.googleapis.com/my.Own')",
  ],
  [
    '[critical][main] error initializing configuration \\\'b.json\\\': goo.gle/debugonly   \\nnode {\\n  id: \\"a\\" name: \\"pulse\\"\\n}\\n: Proto constraint validation failed (VirtualHostValidationError.Domains: value must contain at least 1 item(s))',
    'Proto constraint validation failed (VirtualHostValidationError.Domains: value must contain at least 1 item(s))',
  ],
  [
    "[warning][misc] Deprecated field\n[critical][main] error initializing configuration \\'b.json\\': route: unknown shadow cluster \\'nope\\'\n",
    "route: unknown shadow cluster 'nope'",
  ],
  ['', 'nothing about why'],
  ['cannot execute', 'cannot execute'],
])('%s', (stderr, words) => {
  expect(whatEnvoySays(stderr)).toBe(words)
})
