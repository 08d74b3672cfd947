// A command as one text, taken apart into its words: spaces part them, quotes keep them together. No shell has a part in it,
// so nothing is expanded; what only a shell can do is refused instead of being passed on as a word.

/** Undefined for a quote without an end, and for text that only a shell understands. */
export function commandWords(text: string): readonly string[] | undefined {
  const words: string[] = []
  const pattern = /\s*(?:((?:'[^']*'|"[^"]*"|[^\s'"])+)|$)/gy
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text)
    if (found === null) return undefined
    const [, word] = found
    if (word === undefined) break
    if (/^[|&;<>]/.test(word)) return undefined
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''))
  }
  return words.length === 0 ? undefined : words
}
