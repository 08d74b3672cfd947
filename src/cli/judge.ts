// `shaketable judge RUN_DIR`: comes to the verdict again from the recorded history alone, with nothing running.

import { relative } from 'node:path'
import { Command, Option } from 'commander'
import type { RunReport } from '../core/report-model.ts'
import { renderConsole, wantsColour } from '../report/console.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { compared, earlierRunOf } from './compare-runs.ts'
import type { SetExitCode } from './exit-code.ts'
import { judgeRun, writeReports } from './finish-run.ts'

export const outputOption = () =>
  new Option('-o, --output <form>', 'form of the result on stdout')
    .choices(['text', 'json', 'junit', 'markdown'])
    .default('text')

export type OutputForm = 'text' | 'json' | 'junit' | 'markdown'

export function judgeCommand(setExitCode: SetExitCode): Command {
  return new Command('judge')
    .description('judges a recorded run again, offline, and writes its reports anew')
    .argument('<run-folder>', 'a folder with history.ndjson, for instance reports/latest')
    .addOption(outputOption())
    .action(async (runFolder: string, { output }: { output: OutputForm }) => {
      const earlier = await earlierRunOf(runFolder)
      const report = await compared(await judgeRun(runFolder), runFolder, earlier)
      await writeReports(runFolder, report)
      printResult(report, runFolder, output)
      setExitCode(report.exitCode)
    })
}

export function printResult(report: RunReport, runFolder: string, output: OutputForm): void {
  const htmlPath = `${relative(process.cwd(), runFolder) || '.'}/index.html`
  const forms: Readonly<Record<OutputForm, () => string>> = {
    text: () => renderConsole(report, { colour: wantsColour(process.stdout, process.env), htmlPath }),
    json: () => renderJson(report),
    junit: () => renderJunit(report),
    markdown: () => renderMarkdown(report),
  }
  process.stdout.write(forms[output]())
}
