// What a call to the sink brings: one object and some of its lines with their texts. Reading it, and saying what was
// taken as runs of consecutive lines, each run wholly as put or wholly altered.

export interface Delivery {
  readonly object: string
  readonly lines: readonly (readonly [line: number, text: string, timestampMs?: number])[]
}

export interface DeliveredRun {
  readonly first: number
  readonly last: number
  readonly altered: boolean
}

/** What was put, to compare with. */
export interface PutContent {
  readonly lines: number
  messageOf(line: number): string
  /** What its time must be read as; absent, or `undefined`, where it has none. */
  timestampOf?(line: number): number | undefined
}

const linesMax = 1000

/** The delivery, or in words why it is none. */
export function readDelivery(body: string): Delivery | string {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return 'JSON expected: {"object": "bucket/key", "lines": [[12, "text of line 12"], ...]}'
  }
  const { object, lines } = (value ?? {}) as Record<string, unknown>
  if (typeof object !== 'string' || object === '') return 'object expected: "bucket/key"'
  if (!Array.isArray(lines)) return 'lines expected: [[12, "text of line 12"], ...]'
  if (lines.length > linesMax) return `at most ${linesMax} lines in a call, found ${lines.length}`
  for (const line of lines) {
    if (!Array.isArray(line) || line.length < 2 || line.length > 3) return 'each line expected as [number, text, time]'
    const [number, text, timestampMs = 0] = line as unknown[]
    const right = Number.isSafeInteger(number) && Number(number) >= 1 && typeof text === 'string'
    if (!right || !Number.isFinite(timestampMs)) {
      return `each line expected as [number, text, time] with numbers from 1 on, found ${JSON.stringify(line).slice(0, 100)}`
    }
  }
  return { object, lines }
}

/** In the order in which they came. A line of an object that nobody put, or that it has not, is altered. */
export function deliveredRuns(delivery: Delivery, content: PutContent | undefined): readonly DeliveredRun[] {
  const runs: { readonly first: number; last: number; readonly altered: boolean }[] = []
  for (const [line, text, timestampMs] of delivery.lines) {
    const altered = content === undefined || line > content.lines || isAltered(content, line, text, timestampMs)
    const run = runs.at(-1)
    if (run !== undefined && run.last === line - 1 && run.altered === altered) run.last = line
    else runs.push({ first: line, last: line, altered })
  }
  return runs
}

/** The text must be the one that was put, and its time, where the handler tells it, the one that stands in it. */
function isAltered(content: PutContent, line: number, text: string, timestampMs: number | undefined): boolean {
  if (content.messageOf(line) !== text) return true
  const expected = content.timestampOf?.(line)
  return timestampMs !== undefined && expected !== undefined && timestampMs !== expected
}
