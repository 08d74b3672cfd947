// Finds the one name that a person meant while a history goes by: the whole name, or a beginning that no other name has.
// Names are looked at one after the other and kept only where they may be it, so memory stays small.

import { distance } from 'fastest-levenshtein'

const keptMax = 50
const nearestMax = 5

export interface Picking {
  /** @returns whether it may be the one, so that what is said of it is worth keeping */
  look(name: string): boolean
  result(): Picked
}

export type Picked =
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'several'; readonly names: readonly string[]; readonly more: boolean }
  | { readonly kind: 'none'; readonly nearest: readonly string[] }

export function pickOne(wanted: string): Picking {
  const candidates = new Set<string>()
  let near: { readonly name: string; readonly away: number }[] = []
  let more = false
  let last: string | undefined
  return {
    look(name) {
      if (candidates.has(name)) return true
      if (name === wanted || (name.startsWith(wanted) && candidates.size < keptMax)) {
        candidates.add(name)
        return true
      }
      if (name.startsWith(wanted)) more = true
      // The events of one request often stand together.
      if (name === last) return false
      last = name
      near = nearer(near, name, wanted)
      return false
    },
    result() {
      if (candidates.has(wanted)) return { kind: 'found', name: wanted }
      const [only] = candidates
      if (only !== undefined && candidates.size === 1) return { kind: 'found', name: only }
      if (only !== undefined) return { kind: 'several', names: [...candidates].toSorted(byNumber), more }
      return { kind: 'none', nearest: near.map(({ name }) => name) }
    },
  }
}

const byNumber = (left: string, right: string) => left.localeCompare(right, 'en', { numeric: true })

function nearer(
  near: { readonly name: string; readonly away: number }[],
  name: string,
  wanted: string,
): { readonly name: string; readonly away: number }[] {
  const worst = near.at(-1)
  const lengthApart = Math.abs(name.length - wanted.length)
  if (near.length >= nearestMax && worst !== undefined && lengthApart >= worst.away) return near
  if (near.some((one) => one.name === name)) return near
  const away = distance(name.slice(0, 200), wanted.slice(0, 200))
  if (near.length >= nearestMax && worst !== undefined && away >= worst.away) return near
  return [...near, { name, away }].toSorted((left, right) => left.away - right.away).slice(0, nearestMax)
}
