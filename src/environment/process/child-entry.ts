// Finds the file of a child process or worker: `NAME.ts` beside its parent when we run from source, `NAME.js` in dist/ when
// we run as the published bundle.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `parentUrl` is the caller's `import.meta.url`; `folder` is where the source lies relative to it. */
export function childEntry(name: string, parentUrl: string, folder = '.'): string {
  const parent = fileURLToPath(parentUrl)
  return parent.endsWith('.ts') ? join(dirname(parent), folder, `${name}.ts`) : join(dirname(parent), `${name}.js`)
}
