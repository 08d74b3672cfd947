// An example text for a regular expression of Envoy's (RE2): the shortest way through it that reads well. It knows the
// syntax that routes are written in; whether an example really matches is for the route matcher to say, not for this file.

/** Few texts, the best first; none where the syntax is beyond it. */
export function examplesOfRegex(pattern: string): readonly string[] {
  const found = new Set<string>()
  for (const repeats of [1, 0, 2]) {
    for (const alternative of [0, 1, 2]) {
      const text = exampleOf(pattern, repeats, alternative)
      if (text !== undefined) found.add(text)
    }
  }
  return [...found]
}

const depthMax = 50
const repeatsMax = 200

/** What is read next, and how far. */
interface Reading {
  readonly pattern: string
  /** How often what may be repeated is. */
  readonly repeats: number
  /** Which branch of `a|b|c` is taken, counted from 0. */
  readonly alternative: number
  at: number
  depth: number
}

class BeyondUs extends Error {}

function exampleOf(pattern: string, repeats: number, alternative: number): string | undefined {
  const reading: Reading = { pattern, repeats, alternative, at: 0, depth: 0 }
  try {
    const text = branches(reading)
    return reading.at === pattern.length ? text : undefined
  } catch (error) {
    if (error instanceof BeyondUs) return undefined
    throw error
  }
}

function branches(reading: Reading): string {
  const all = [sequence(reading)]
  while (reading.pattern[reading.at] === '|') {
    reading.at++
    all.push(sequence(reading))
  }
  return all[reading.alternative] ?? all.at(-1) ?? ''
}

function sequence(reading: Reading): string {
  let text = ''
  while (reading.at < reading.pattern.length && !')|'.includes(reading.pattern[reading.at] ?? '')) {
    const piece = atom(reading)
    text += piece.repeat(times(reading))
    if (text.length > 2000) throw new BeyondUs()
  }
  return text
}

function atom(reading: Reading): string {
  const { pattern } = reading
  const char = pattern[reading.at] ?? ''
  reading.at++
  if (char === '(') return group(reading)
  if (char === '[') return fromClass(reading)
  if (char === '^' || char === '$') return ''
  if (char === '.') return 'x'
  if (char === '\\') return pick(escaped(reading))
  if ('*+?'.includes(char)) throw new BeyondUs()
  return char
}

function group(reading: Reading): string {
  if (++reading.depth > depthMax) throw new BeyondUs()
  const [head = '', name, flags] =
    /^\?(?:P?<(\w+)>|([imsU-]*)(:|\)))/.exec(reading.pattern.slice(reading.at, reading.at + 100)) ?? []
  if (head === '' && reading.pattern[reading.at] === '?') throw new BeyondUs()
  reading.at += head.length
  // `(?i)` has no content of its own.
  if (name === undefined && flags !== undefined && head.endsWith(')')) return ''
  const text = branches(reading)
  if (reading.pattern[reading.at] !== ')') throw new BeyondUs()
  reading.at++
  reading.depth--
  return text
}

function times(reading: Reading): number {
  const [quantifier = '', counted, from = '0', open, to] =
    /^(?:[*+?]|(\{(\d+)(,)?(\d+)?\}))/.exec(reading.pattern.slice(reading.at, reading.at + 20)) ?? []
  if (quantifier === '') return 1
  reading.at += quantifier.length
  if (reading.pattern[reading.at] === '?') reading.at++
  if (quantifier === '*') return reading.repeats
  if (quantifier === '+') return Math.max(1, reading.repeats)
  if (quantifier === '?') return Math.min(1, reading.repeats)
  const least = Number(from)
  const most = counted !== undefined && open === undefined ? least : to === undefined ? repeatsMax : Number(to)
  return Math.min(most, repeatsMax, Math.max(least, Math.min(1, reading.repeats)))
}

type Accepts = (char: string) => boolean

const readable = [...'ax1AX0-_./~b2', ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))]

function pick(accepts: Accepts | undefined): string {
  if (accepts === undefined) return ''
  const char = readable.find(accepts)
  if (char === undefined) throw new BeyondUs()
  return char
}

const classes: Readonly<Record<string, Accepts>> = {
  d: (char) => /\d/.test(char),
  D: (char) => /\D/.test(char),
  w: (char) => /\w/.test(char),
  W: (char) => /\W/.test(char),
  S: () => true,
}

/** Behind a backslash; nothing for an assertion, which takes no text. */
function escaped(reading: Reading): Accepts | undefined {
  const char = reading.pattern[reading.at] ?? ''
  reading.at++
  if ('bBAz'.includes(char)) return undefined
  const known = classes[char]
  if (known !== undefined) return known
  if (/[a-zA-Z0-9]/.test(char) || char === '') throw new BeyondUs()
  return (other) => other === char
}

function fromClass(reading: Reading): string {
  const { pattern } = reading
  const isNegated = pattern[reading.at] === '^'
  if (isNegated) reading.at++
  const accepts: Accepts[] = []
  for (let first = true; first || pattern[reading.at] !== ']'; first = false) {
    if (reading.at >= pattern.length || pattern.startsWith('[:', reading.at)) throw new BeyondUs()
    accepts.push(range(reading))
  }
  reading.at++
  return pick((char) => accepts.some((one) => one(char)) !== isNegated)
}

function range(reading: Reading): Accepts {
  const { pattern } = reading
  const from = pattern[reading.at] ?? ''
  reading.at++
  if (from === '\\') return escaped(reading) ?? (() => false)
  const to = pattern[reading.at + 1]
  if (pattern[reading.at] !== '-' || to === undefined || to === ']') return (char) => char === from
  if (to === '\\') throw new BeyondUs()
  reading.at += 2
  return (char) => char >= from && char <= to
}
