// Loads scenarios: files and folders in, checked records out, or one InputError that lists what is wrong, file by file,
// with line and column. Nothing is started and nothing but `*.scenario.ts` modules is run.

import { formatPlace, InputError } from '../core/errors.ts'
import type { MeshScenario, PipelineScenario, ScenarioRecord } from '../core/scenario-record.ts'
import { crossChecks, targetProblems } from './cross-checks.ts'
import { type FoundFile, findScenarioFiles } from './find-files.ts'
import { scenarioJsonSchema } from './json-schema.ts'
import { knownElsewhere } from './known-elsewhere.ts'
import { meshRecord, missingMeshFiles } from './mesh-record.ts'
import { pipelineChecks } from './pipeline-checks.ts'
import { missingPipelineFiles, pipelineRecord } from './pipeline-record.ts'
import { pipelineSchema } from './pipeline-schema.ts'
import { formatProblems, type Path, type Problem, type Source } from './problem.ts'
import type { Registry } from './registry.ts'
import { meshSchema } from './schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { readTypeScriptSources } from './typescript-source.ts'
import { readYamlSource } from './yaml-source.ts'

export interface LoadOptions {
  readonly cwd: string
  /** Regular expression on scenario names, upper and lower case alike. */
  readonly grep?: string
  /** The clusters that the scenario's config names; undefined while nobody can know them. Its InputErrors are reported along with the others. */
  readonly clustersOf: (record: MeshScenario) => Promise<readonly string[] | undefined>
  /** What is wrong with a mesh scenario in the light of its config, where that could be read. */
  readonly meshProblems?: (record: MeshScenario) => Promise<readonly Problem[]>
  /** What is wrong with a pipeline scenario in the light of its config. Its InputErrors are reported likewise. */
  readonly pipelineProblems: (record: PipelineScenario) => Promise<readonly Problem[]>
}

type Loader = ReturnType<typeof loaderOf>

const failuresMax = 10

/** @throws InputError with everything that is wrong: at most ten problems a file, at most ten files */
export async function loadScenarios(
  paths: readonly string[],
  registry: Registry,
  options: LoadOptions,
): Promise<readonly ScenarioRecord[]> {
  const wanted = grepPattern(options.grep)
  const files = await findScenarioFiles(paths, options.cwd)
  const loader = loaderOf(registry, options)
  const loaded: { readonly source: Source; readonly record: ScenarioRecord }[] = []
  const failures: string[] = []
  for (const file of files) {
    await collect(failures, async () => {
      for (const source of await readSources(file)) {
        await collect(failures, async () => {
          loaded.push({ source, record: await loadOne(source, loader) })
        })
      }
    })
  }
  failures.push(...sameNames(loaded))
  if (failures.length > 0) throw new InputError(joinFailures(failures))
  return choose(
    loaded.map(({ record }) => record),
    wanted,
    options.grep,
  )
}

async function collect(failures: string[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    // Scenarios share definitions: what is wrong in one of those is said once.
    if (!failures.includes(error.message)) failures.push(error.message)
  }
}

function joinFailures(failures: readonly string[]): string {
  const more = failures.length - failuresMax
  return [...failures.slice(0, failuresMax), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

async function readSources({ file, absoluteFile }: FoundFile): Promise<readonly Source[]> {
  try {
    if (absoluteFile.endsWith('.ts')) return await readTypeScriptSources(file, absoluteFile)
    return [await readYamlSource(file, absoluteFile)]
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error
    throw new InputError(`${file}: expected a file that can be read: ${error.message}`)
  }
}

function loaderOf(registry: Registry, options: LoadOptions) {
  return {
    ...options,
    registry,
    mesh: { schema: meshSchema(registry), jsonSchema: scenarioJsonSchema(registry, 'mesh') },
    pipeline: { schema: pipelineSchema(registry), jsonSchema: scenarioJsonSchema(registry, 'pipeline') },
  }
}

/** A file with the key `pipeline` is meant to be of a pipeline, whatever else it holds. */
async function loadOne(source: Source, loader: Loader): Promise<ScenarioRecord> {
  const { value, file } = source
  const has = (key: string) => typeof value === 'object' && value !== null && key in value
  if (has('pipeline')) return loadPipeline(source, loader)
  if (has('stack_name') && !has('mesh')) {
    const hint = "keep it outside of the scenarios' folder, or name the scenario files"
    throw new InputError(`${file}: expected a scenario, found a pipeline's config; ${hint}`)
  }
  return loadMesh(source, loader)
}

async function loadMesh(source: Source, { mesh, registry, clustersOf, meshProblems }: Loader): Promise<MeshScenario> {
  const result = mesh.schema.safeParse(source.value)
  if (!result.success) {
    const elsewhere = (path: Path, key: string) => knownElsewhere(registry, 'mesh', path, key)
    throw new InputError(formatProblems(source, schemaProblems(result.error, source.value, mesh.jsonSchema, elsewhere)))
  }
  const record = meshRecord(result.data, source, registry)
  const problems = [...(await missingMeshFiles(record)), ...crossChecks(record, registry)]
  // Without its definition nobody knows the clusters.
  const readable = problems.every(({ path }) => path[0] !== 'mesh')
  const clusters = readable ? await clustersOf(record) : undefined
  const targets = clusters === undefined ? [] : targetProblems(record, clusters, registry)
  const further = readable ? ((await meshProblems?.(record)) ?? []) : []
  return withoutProblems(record, source, [...problems, ...targets, ...further])
}

async function loadPipeline(
  source: Source,
  { pipeline, registry, pipelineProblems }: Loader,
): Promise<PipelineScenario> {
  const result = pipeline.schema.safeParse(source.value)
  if (!result.success) {
    const elsewhere = (path: Path, key: string) => knownElsewhere(registry, 'pipeline', path, key)
    const problems = schemaProblems(result.error, source.value, pipeline.jsonSchema, elsewhere)
    throw new InputError(formatProblems(source, problems))
  }
  const record = pipelineRecord(result.data, source, registry)
  const missing = await missingPipelineFiles(record)
  const problems = [...missing, ...pipelineChecks(record, registry)]
  const further = missing.length === 0 ? await pipelineProblems(record) : []
  return withoutProblems(record, source, [...problems, ...further])
}

function withoutProblems<Loaded extends ScenarioRecord>(
  record: Loaded,
  source: Source,
  problems: readonly Problem[],
): Loaded {
  if (problems.length === 0) return record
  throw new InputError(formatProblems(source, problems))
}

function sameNames(loaded: readonly { readonly source: Source; readonly record: ScenarioRecord }[]): readonly string[] {
  const first = new Map<string, Source>()
  return loaded.flatMap(({ source, record }) => {
    const earlier = first.get(record.name)
    if (earlier === undefined) {
      first.set(record.name, source)
      return []
    }
    const [here, there] = [source, earlier].map((one) => formatPlace(one.place(['name'])))
    return [`${here}: expected a name of its own, found "${record.name}" also at ${there}; rename one of them`]
  })
}

function grepPattern(grep: string | undefined): RegExp | undefined {
  if (grep === undefined) return undefined
  try {
    return new RegExp(grep, 'i')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InputError(`--grep: expected a regular expression, found ${JSON.stringify(grep)}: ${reason}`)
  }
}

function choose(
  records: readonly ScenarioRecord[],
  wanted: RegExp | undefined,
  grep: string | undefined,
): readonly ScenarioRecord[] {
  const chosen = wanted === undefined ? records : records.filter((record) => wanted.test(record.name))
  if (chosen.length > 0) return chosen
  const names = records.slice(0, 20).map((record) => record.name)
  throw new InputError(
    `--grep: expected a scenario whose name matches ${JSON.stringify(grep)}, found none among ${names.join(', ')}`,
  )
}
