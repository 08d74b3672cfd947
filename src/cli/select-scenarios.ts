// Which scenarios a run is about: paths, --grep, --last-failed and --shard. Without a path it is scenarios/ of the current folder.

import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { InputError } from '../core/errors.ts'
import { packageRoot } from '../core/package-root.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { loadScenarios } from '../scenario/load.ts'
import { isAskedLater } from './control-planes.ts'
import type { Definitions } from './definitions.ts'
import { grpcProblems } from './grpc-problems.ts'
import { onlyThese } from './last-failed.ts'
import { pipelineProblems } from './pipeline-problems.ts'
import { registry } from './registry.ts'

export async function selectScenarios(
  paths: readonly string[],
  definitions: Definitions,
  options: { readonly grep?: string; readonly shard?: string; readonly only?: ReadonlySet<string> },
): Promise<readonly ScenarioRecord[]> {
  const cwd = process.cwd()
  if (paths.length === 0 && !existsSync(join(cwd, 'scenarios'))) {
    const packaged = join(packageRoot(), 'scenarios')
    throw new InputError(
      `no folder scenarios/ here, and no path was given\n` +
        `  the packaged ones: npx shaketable run ${relative(cwd, packaged) || packaged}`,
    )
  }
  const loaded = await loadScenarios(paths.length === 0 ? ['scenarios'] : paths, registry, {
    cwd,
    // What a control plane serves is looked at when it runs: nothing of the user's is run only to look at a scenario.
    clustersOf: async (record) => (isAskedLater(record) ? undefined : definitions.clustersOf(record)),
    meshProblems: async (record) =>
      isAskedLater(record) ? [] : grpcProblems(record, await definitions.declared(record)),
    pipelineProblems,
    ...(options.grep === undefined ? {} : { grep: options.grep }),
  })
  const records = options.only === undefined ? loaded : onlyThese(loaded, options.only)
  return options.shard === undefined ? records : shardOf(records, options.shard)
}

function shardOf(records: readonly ScenarioRecord[], shard: string): readonly ScenarioRecord[] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(shard) ?? []
  const i = Number(index)
  const n = Number(count)
  if (!(i >= 1 && n >= 1 && i <= n)) {
    throw new InputError(`--shard ${JSON.stringify(shard)}: expected i/n with 1 <= i <= n, for instance 1/3`)
  }
  const chosen = records.filter((_, position) => position % n === i - 1)
  if (chosen.length === 0) {
    throw new InputError(`--shard ${shard}: there are only ${records.length} scenarios, so this shard is empty`)
  }
  return chosen
}
