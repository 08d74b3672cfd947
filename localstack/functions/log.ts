// One JSON object a line, as CloudWatch Logs Insights reads it.

export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  console.log(JSON.stringify({ level, message, ...details }))
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
