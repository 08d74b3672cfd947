// What a foreign config promises, read for the oracle from its clusters, routes and listeners.

import type { DeclaredPolicy } from '../policy.ts'
import type { ForeignConfig } from './foreign-config.ts'

export function declaredFromXds({ node, from }: ForeignConfig): DeclaredPolicy {
  return { node, file: from, virtualHosts: [], clusters: [] }
}
