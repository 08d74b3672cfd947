// Options that several of the operator's commands share.

import { InvalidArgumentError, Option } from 'commander'

export interface FormOption {
  readonly output: 'text' | 'json'
}

export const formOption = () =>
  new Option('-o, --output <form>', 'form of the result on stdout').choices(['text', 'json']).default('text')

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** `NAME=VALUE`, any number of times. */
export function assignment(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Expected NAME=VALUE.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export function ratio(text: string): number {
  const value = Number(text)
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value
  throw new InvalidArgumentError('Expected a ratio from 0 to 1.')
}
