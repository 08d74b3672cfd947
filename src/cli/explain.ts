// `shaketable explain [RUN_DIR] REQUEST_ID`: one request, or one object of a pipeline or line of it, from the recorded
// history: what happened to it, what was declared for it, and what each rule said.

import { Command, Option } from 'commander'
import { InputError } from '../core/errors.ts'
import type { SetExitCode } from './exit-code.ts'
import { explainRun } from './explain/explain-run.ts'
import { explanationText } from './explain/explanation-text.ts'

const latest = 'reports/latest'

export function explainCommand(_setExitCode: SetExitCode): Command {
  return new Command('explain')
    .description('explains one request, or an object (bucket/key) or line (bucket/key:LINE) of a pipeline')
    .argument('[run-folder]', `where it was recorded; default: ${latest}`)
    .argument('[id]', 'the id of the request or the object, or its beginning where no other has the same')
    .usage('[options] [run-folder] <id>')
    .addOption(
      new Option('-o, --output <form>', 'form of the result on stdout').choices(['text', 'json']).default('text'),
    )
    .action(async (first: string | undefined, second: string | undefined, options: { output: 'text' | 'json' }) => {
      const [folder, id] = second === undefined ? [latest, first] : [first ?? latest, second]
      if (id === undefined || id === '')
        throw new InputError('explain expects the id of a request, or an object as bucket/key')
      const explanation = await explainRun(folder, id)
      const json = () => `${JSON.stringify(explanation, undefined, 2)}\n`
      process.stdout.write(options.output === 'json' ? json() : explanationText(explanation))
    })
}
