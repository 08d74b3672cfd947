// The CI workflow that runs the scenarios on every push: GitHub Actions, and nothing beyond what those need.

export interface WorkflowSettings {
  readonly version: string
  /** Where the scenarios lie, seen from `workingDirectory`. */
  readonly scenarios: string
  /** From the repository's root; absent: the root itself. */
  readonly workingDirectory?: string
  /** The project has a lock file that names shaketable, so `npm ci` installs it. */
  readonly isInstalled: boolean
}

export function workflowText({ version, scenarios, workingDirectory, isInstalled }: WorkflowSettings): string {
  const inFolder = workingDirectory === undefined ? '' : `${workingDirectory}/`
  const command = isInstalled ? 'npx shaketable' : `npx --yes shaketable@${version}`
  return `# Written by shaketable init. Runs the scenarios, shows their verdicts in the job's summary and keeps the report.
# The job fails when a scenario fails (exit code 1) or could not be judged (2).
name: shaketable
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  shake:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
${workingDirectory === undefined ? '' : `    defaults:\n      run:\n        working-directory: ${JSON.stringify(workingDirectory)}\n`}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      # The pinned Envoy is fetched once and then comes from here.
      - uses: actions/cache@v4
        with:
          path: ~/.cache/shaketable
          key: shaketable-\${{ runner.os }}-\${{ runner.arch }}-${version}
${isInstalled ? '      - run: npm ci\n' : ''}      - name: shake
        run: ${command} run ${quoted(scenarios)} -o markdown >> "$GITHUB_STEP_SUMMARY"
      - name: keep the report
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: shaketable-report
          path: |
            ${inFolder}reports
            !${inFolder}reports/latest
          if-no-files-found: ignore
`
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
