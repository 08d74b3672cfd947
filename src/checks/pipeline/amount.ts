// Counts in sentences: `1 line`, `2 lines`.

export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : /(s|ch)$/.test(noun) ? 'es' : 's'}`
}
