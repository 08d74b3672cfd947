// Guesses what a misspelt name was meant to be. It stays silent rather than guess wildly: a wrong hint costs more than none.

import { distance } from 'fastest-levenshtein'

/** The nearest known name, unless even that is more than a third of its letters (at least one, at most three) away. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name)
  let best: { readonly name: string; readonly away: number } | undefined
  for (const candidate of known) {
    const away = distance(wanted, fold(candidate))
    if (best === undefined || away < best.away) best = { name: candidate, away }
  }
  if (best === undefined) return undefined
  const limit = Math.min(3, Math.max(1, Math.floor(Math.max(wanted.length, best.name.length) / 3)))
  return best.away <= limit ? best.name : undefined
}

/** `did you mean "x"?`, or the known names where they are few, or nothing. */
export function hintFor(name: string, known: readonly string[], knownMax = 20): string | undefined {
  const guess = nearest(name.slice(0, 100), known)
  if (guess !== undefined) return `did you mean ${JSON.stringify(guess)}?`
  return known.length > 0 && known.length <= knownMax ? `known: ${known.join(', ')}` : undefined
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '')
}
