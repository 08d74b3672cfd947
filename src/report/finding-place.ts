// The object of a pipeline's finding, and which line of it, as a person writes it: `logs/app/7.log, line 12`.

import type { Finding } from '../core/verdict.ts'

export function placeOf({ object, line }: Finding): string | undefined {
  if (object === undefined) return undefined
  return line === undefined ? object : `${object}, line ${line}`
}
