// RE2 expressions as Envoy has them: they always match the whole text, and are compiled once.

import { RE2JS } from 're2js'

const compiledMax = 1000
const compiled = new Map<string, RE2JS>()

/** @throws what RE2 says of an expression that is none */
export function re2(regex: string): RE2JS {
  const known = compiled.get(regex)
  if (known !== undefined) return known
  if (compiled.size >= compiledMax) compiled.clear()
  const fresh = RE2JS.compile(regex)
  compiled.set(regex, fresh)
  return fresh
}

export function matchesWhole(regex: string, text: string): boolean {
  return re2(regex).matches(text)
}

/** Every match, with `\1` of the substitution for what its first group holds, and `\0` for all of it. */
export function replaceAll(regex: string, text: string, substitution: string): string {
  const matcher = re2(regex).matcher(text)
  let result = ''
  let from = 0
  while (matcher.find()) {
    const filled = substitution.replace(/\\(\d|\\)/g, (_, digit: string) =>
      digit === '\\' ? '\\' : (matcher.group(Number(digit)) ?? ''),
    )
    result += text.slice(from, matcher.start()) + filled
    from = matcher.end()
  }
  return result + text.slice(from)
}
