// What a scenario needs of its environment that cannot change while that runs: hosts, clusters, listeners, relays, processes
// of their own. Two scenarios with the same needs can follow each other in one environment; what else they are (traffic,
// faults, expectations, the definition's routes and policies) is planned or served anew for each run.

import type { PreparedScenario } from '../../environment/prepared-scenario.ts'

/** Equal texts: equal needs. What is not known to be changeable counts as a need. */
export function environmentNeeds(prepared: PreparedScenario): string {
  const { record, served, declared, pushes, foreign, ...lasting } = prepared
  const { traffic: _t, faults: _f, expect: _e, about: _a, file: _p, durationMs: _d, falseAlarm: _c, ...rest } = record
  const configs = [{ served, declared }, ...(pushes ?? [])]
  const clusters = configs.map((config) => [
    config.served.clusters.map(({ name, type }) => [name, type ?? '']),
    config.declared.clusters.map(({ name, protocol }) => [name, protocol]),
  ])
  // Of a foreign config much stands in the Envoy's own file, and nothing of it is served anew.
  const whole = foreign === undefined ? [] : [foreign, served, declared, pushes]
  return JSON.stringify([rest, lasting, clusters, whole])
}

/** Equal texts: a run would do and judge the same. */
export function identityOf(prepared: PreparedScenario): string {
  return JSON.stringify(prepared)
}
