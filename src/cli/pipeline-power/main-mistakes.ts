// Mistakes in Main: lines, numbers, downloads, bad lines, and how it ends. A table of data.

import type { BaseName } from './bases.ts'
import { inSource, withProperties } from './edits.ts'
import type { PowerMistake } from './power-scenario.ts'

const { clients, main, objectBody, processObject, readLines, unpack } = inSource
const badLine = 'bad.add(line, parsed.failure)\n'
const recordOfLine = 'source: { bucket, key, line },'

export const mainMistakes: readonly PowerMistake<BaseName>[] = [
  {
    name: 'handler-not-awaited',
    about: 'A dropped await: Main is done before the handler has handed on what it holds.',
    base: 'diesOnce',
    edits: [processObject('const result = await handler.result?.()', 'const result = void handler.result?.()')],
    check: 'nothing-lost',
    says: /main returned.*Main did not deliver this line: lost in main/,
    object: /fast\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'main-failure-swallowed',
    about: 'A download that fails is logged, and Main returns as if all were well.',
    base: 'failsOnce',
    edits: [
      main(
        'const body = await unpacked(key, await openObject(s3, { bucket, key }))',
        'const body = await openObject(s3, { bucket, key }).then((it) => unpacked(key, it)).catch(() => undefined)\n    if (body === undefined) return { lines: 0, records: 0, bad: 0 }',
      ),
    ],
    check: 'nothing-lost',
    says: /(?=.*s3\.GetObject got no answer)(?=.*main returned).*Main did not deliver this line: lost in main/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'cut-download-taken-for-whole',
    about: 'The end of the body is taken for the end of the object.',
    base: 'cutDownloads',
    edits: [objectBody('if (resumes >= resumesMax ||', 'if (offset > 0) return\n      if (resumes >= resumesMax ||')],
    check: 'nothing-lost',
    says: /main returned.*Main did not deliver this line: lost in main/,
    object: /fast\/000000\.log$/,
  },
  {
    name: 'sdk-retries-off',
    about: 'A client without retries turns each throttle into a failed invocation.',
    base: 'throttledDownloads',
    edits: [clients('const maxAttempts = 5', 'const maxAttempts = 1')],
    check: 'invocations',
    says: /main was invoked 3 times for .*fast\/000000\.log/,
    object: /fast\/000000\.log$/,
  },
  {
    name: 'bad-line-aborts-the-object',
    about: 'The first line that cannot be read throws.',
    base: 'poisoned',
    edits: [processObject(badLine, 'throw new Error(parsed.failure)\n')],
    check: 'error-table',
    says: /failed for good in main, though no fault hit it there/,
    object: /fast\/000000\.log$/,
  },
  {
    name: 'good-lines-again-after-a-drain',
    about: 'Bad lines are parked as the whole object, so a drain delivers the good ones again.',
    base: 'poisoned',
    edits: [main('body: encodeEventRecord(parcel)', 'body: encodeEventRecord(record)')],
    check: 'error-table',
    says: /names good lines of .*, so a drain delivers them again/,
    object: /fast\/000000\.log$/,
  },
  {
    name: 'broken-gzip-taken-for-done',
    about: 'The end of what can be unpacked is taken for the end of the object.',
    base: 'unreadable',
    edits: [
      unpack(
        'yield* unzip as AsyncIterable<Uint8Array>',
        'try {\n    yield* unzip as AsyncIterable<Uint8Array>\n  } catch {}',
      ),
    ],
    check: 'error-table',
    says: /cannot be read and is not in the table/,
    object: /fast\/000000\.log\.gz$/,
    line: 1,
  },
  {
    name: 'gzip-not-unpacked',
    about: 'The suffix .gz is not looked at.',
    base: 'plain',
    edits: [unpack("!key.endsWith('.gz')", 'key !== ""')],
    check: 'nothing-lost',
    says: /Main did not deliver this line|lost in main|no item names this line/,
    object: /azure\/000000\.log\.gz$/,
  },
  {
    name: 'line-numbers-off-by-one',
    about: 'Off by one.',
    base: 'plain',
    edits: [processObject('const line = first + index', 'const line = first + index + 1')],
    check: 'nothing-lost',
    says: /^line 7 of .* was delivered at .* though it was not owed: beyond the last line/,
    object: /fast\/000000\.log$/,
    line: 7,
  },
  {
    name: 'cut-between-two-pieces',
    about: 'The beginning of a line at the end of a piece is thrown away.',
    base: 'odd',
    edits: [readLines('rest.add(chunk.subarray(end + 1))', 'void end')],
    check: 'nothing-lost',
    says: /with another text than was put/,
    object: /large-000000\.log$/,
  },
  {
    name: 'last-piece-forgotten',
    about: 'Main stops one piece before the end.',
    base: 'odd',
    edits: [processObject('if (first + texts.length > wanted.last) break', 'if (first > 1) break')],
    check: 'nothing-lost',
    says: /Main did not deliver this line: lost in main/,
    object: /large-000000\.log$/,
  },
  {
    name: 'empty-object-fails',
    about: 'An object without a byte throws.',
    base: 'odd',
    edits: [
      processObject(
        'await handler.setup?.(object.args)',
        "await handler.setup?.(object.args)\n  if (object.key.includes('empty')) throw new Error('no lines')",
      ),
    ],
    check: 'error-table',
    says: /empty-000000\.log failed for good in main, though no fault hit it there/,
    object: /empty-000000\.log$/,
  },
  {
    name: 'one-of-two-equal-lines',
    about: 'Of two lines with the same text one is lost and the other one delivered twice.',
    base: 'plain',
    edits: [
      processObject(recordOfLine, "source: { bucket, key, line: key.includes('text') && line === 4 ? 3 : line },"),
    ],
    check: 'nothing-lost',
    says: /^line 4 of .*Main did not deliver this line: lost in main/,
    object: /text\/000000\.log$/,
    line: 4,
  },
  {
    name: 'lines-known-by-their-text',
    about: 'A line whose text came before is taken for a repetition.',
    base: 'plain',
    edits: [
      processObject('let records = 0\n', 'let records = 0\n  const seen = new Set<unknown>()\n'),
      processObject('lines++\n', 'if (seen.has(text)) continue\n      seen.add(text)\n      lines++\n'),
    ],
    check: 'nothing-lost',
    says: /^lines 2 to 6 of .*Main did not deliver this line: lost in main/,
    object: /text\/000000\.log$/,
    line: 2,
  },
  {
    name: 'no-dead-letter-queue',
    about: 'The template gives Main no DeadLetterConfig.',
    base: 'drained',
    template: withProperties('Main', { DeadLetterConfig: undefined }),
    check: 'nothing-lost',
    says: /main failed, attempt 3.*Reporter was never invoked: lost between main and reporter/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'no-concurrency',
    about: 'ReservedConcurrentExecutions 0: everything goes to the dead-letter queue, and Main never runs.',
    base: 'drained',
    template: withProperties('Main', { ReservedConcurrentExecutions: 0 }),
    check: 'error-table',
    says: /named .*, which failed 0 times/,
    object: /fast\/000000\.log$/,
  },
]
