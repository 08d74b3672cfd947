// Fills the YAML templates under envoy/. A value that is nothing but `${name}` takes the parameter with its type, so ports
// stay numbers. A placeholder without a parameter is a bug of ours and throws. It knows nothing of what the templates mean.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { packageRoot } from '../../core/package-root.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { [key: string]: unknown }
export type Parameters = Readonly<Record<string, string | number>>

/** Reads a template once; the returned function gives a fresh, filled copy at each call. */
export function openTemplate(name: string): (parameters: Parameters) => JsonObject {
  const tree = parse(readFileSync(join(packageRoot(), 'envoy', name), 'utf8')) as Json
  return (parameters) => fill(tree, parameters) as JsonObject
}

function fill(tree: Json, parameters: Parameters): unknown {
  if (typeof tree === 'string') return fillText(tree, parameters)
  if (Array.isArray(tree)) return tree.map((item) => fill(item as Json, parameters))
  if (tree !== null && typeof tree === 'object') {
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, fill(value as Json, parameters)]))
  }
  return tree
}

function fillText(text: string, parameters: Parameters): unknown {
  const whole = /^\$\{(\w+)\}$/.exec(text)?.[1]
  if (whole !== undefined) return parameterOf(whole, parameters)
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => String(parameterOf(name, parameters)))
}

function parameterOf(name: string, parameters: Parameters): string | number {
  const value = parameters[name]
  if (value === undefined) throw new Error(`template parameter ${name} is not given`)
  return value
}
