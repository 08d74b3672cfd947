// Every single fault at once: the key of an object says which experiment of core/pipeline-experiments.ts it is, and only the
// first occasion is hit, so every object meets exactly one fault. For experiments on Reporter and Drain the object must fail
// first: all three attempts of Main are refused its download, with a status that no SDK retries. After a drain it succeeds.

import type { FaultKind } from '../core/fault.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'
import { asyncAttempts, experimentOf, isAbout, type PipelineExperiment } from '../core/pipeline-experiments.ts'

const refused = 403

export const everySingleFault: FaultKind<NoSettings> = {
  name: 'every-single-fault',
  about: 'Makes every object one experiment, so that all single faults are met in one run.',
  schema: noSettings,
  isolated: false,
  describe: () => 'one fault of every kind at every call and every invocation, one for each object',
  planCall(_config, { function: role, service, operation, objects, occurrence }) {
    const experiments = experimentsIn(objects)
    const call = `${service}.${operation}`
    const parked = experiments.find(({ parks }) => parks)
    if (role === 'main' && call === 's3.GetObject' && parked !== undefined) {
      return occurrence <= asyncAttempts ? { status: refused, experiment: `${parked.name}:parking` } : undefined
    }
    // A call may name many objects (the Drain's): then each retry of it meets the experiment of the next one.
    const hit = experiments.flatMap((it) => (it.call === call && isAbout(it, role) ? [it] : []))[occurrence - 1]
    return hit === undefined ? undefined : { ...hit.action, experiment: hit.name }
  },
  planInvocation(_config, { function: role, objects, occurrence }) {
    const ofInvocation = experimentsIn(objects).flatMap((it) =>
      it.call === undefined && isAbout(it, role) ? [it] : [],
    )
    const hit = ofInvocation[occurrence - 1]
    return hit === undefined ? undefined : { ...hit.action, experiment: hit.name }
  },
}

function experimentsIn(objects: readonly string[]): readonly PipelineExperiment[] {
  return [...new Set(objects.map(experimentOf))]
}
