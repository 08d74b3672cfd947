// What a scenario asks of its config under test that this sort of config cannot give: a listener that it has not, a push to
// an Envoy whose config stands in one file.

import { hintFor } from '../core/did-you-mean.ts'
import { InputError } from '../core/errors.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { isStatic } from '../environment/foreign-run.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'

/** @throws InputError that names all of it */
export function refuseForeignProblems(record: MeshScenario, foreign: ForeignConfig | undefined): void {
  const problems = [...unknownListeners(record, foreign), ...unservable(record)]
  if (problems.length > 0) throw new InputError(problems.map((text) => `${record.file}: ${text}`).join('\n'))
}

function unknownListeners({ traffic }: MeshScenario, foreign: ForeignConfig | undefined): readonly string[] {
  const known = (foreign?.listeners ?? []).map(({ name }) => name)
  return traffic.flatMap(({ request: { listener } }, index) => {
    if (listener === undefined || known.includes(listener)) return []
    const place = `/traffic/${index}/request/listener`
    if (known.length === 0)
      return [`${place}: expected none, because the entry is ours, found "${listener}"; leave it out`]
    const hint = hintFor(listener, known) ?? `known: ${known.join(', ')}`
    return [`${place}: expected a listener that runs, found "${listener}"; ${hint}`]
  })
}

function unservable(record: MeshScenario): readonly string[] {
  if (!isStatic(record)) return []
  return record.faults.flatMap(({ kind, target }, index) => {
    const why = 'because this config stands in one file and no control plane serves it'
    if (kind === 'push') return [`/faults/${index}: expected no push, ${why}; use mesh.xds or mesh.controlPlane`]
    if (target !== 'control-plane') return []
    return [`/faults/${index}/target: expected a cluster, ${why}, found control-plane`]
  })
}
