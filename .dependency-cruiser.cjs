// Who may import whom (docs/architecture.md). Everything that is not allowed here is an error; `src/main.ts` is the top.
const folders = {
  core: [],
  stats: ['core'],
  scenario: ['core', 'stats'],
  mesh: ['core'],
  pipeline: ['core'],
  parsers: ['core'],
  load: ['core', 'stats'],
  checks: ['core', 'stats', 'mesh', 'pipeline'],
  environment: ['core', 'mesh', 'pipeline'],
  faults: ['core', 'environment'],
  run: ['core', 'scenario'],
  report: ['core', 'stats'],
  cli: [
    ...['core', 'stats', 'scenario', 'mesh', 'pipeline', 'parsers'],
    ...['load', 'checks', 'environment', 'faults', 'run', 'report'],
  ],
}

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'functions-imports',
      severity: 'error',
      from: { path: '^localstack/functions/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(parsers|pipeline|core)/' },
    },
    ...Object.entries(folders).map(([folder, allowed]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
