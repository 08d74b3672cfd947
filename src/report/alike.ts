// Findings that say the same of different requests or objects: same rule, same line of the config, same words but for the
// numbers and the object's name. A person wants to read one of them, know how many there are, and be able to look at the others.

import { formatPlace } from '../core/errors.ts'
import type { Finding } from '../core/verdict.ts'

export interface Alike<Item> {
  readonly first: Item
  readonly others: readonly Item[]
}

/** Groups in the order of their first members. `within` keeps apart what belongs to different scenarios. */
export function groupAlike<Item>(
  items: readonly Item[],
  findingOf: (item: Item) => Finding,
  within: (item: Item) => string = () => '',
): readonly Alike<Item>[] {
  const groups = new Map<string, { readonly first: Item; readonly others: Item[] }>()
  for (const item of items) {
    const key = JSON.stringify([within(item), ...likeness(findingOf(item))])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: item, others: [] })
    else group.others.push(item)
  }
  return [...groups.values()]
}

/** What findings of one kind have in common. */
export function likeness({
  rule,
  message,
  object,
  config,
}: Pick<Finding, 'rule' | 'message' | 'object' | 'config'>): readonly string[] {
  const words = object === undefined || object === '' ? message : message.replaceAll(object, '#')
  return [rule, words.replace(/\d+(\.\d+)?/g, '#'), config === undefined ? '' : formatPlace(config)]
}
