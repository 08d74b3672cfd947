// Reads single fields of proto3 JSON for the oracle, with Envoy's default where a field is left out. What is there but of
// another shape counts as left out: whether a config is valid is for Envoy to say.

import type { Json, JsonObject } from '../xds.ts'

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return []
  return value.map((item: Json) => objectOf(item)).filter((item) => item !== undefined)
}

export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Numbers may be written as texts, and wrapped ones as `{value: ...}`, where `{}` is 0: that is what is left out. */
export function numberOf(value: Json | undefined): number | undefined {
  const wrapped = objectOf(value)
  const inner = wrapped !== undefined && Object.keys(wrapped).length === 0 ? 0 : (wrapped?.value ?? value)
  const number = typeof inner === 'string' && inner !== '' ? Number(inner) : inner
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** `0.250s` */
export function durationMsOf(value: Json | undefined): number | undefined {
  const text = /^(-?\d+(?:\.\d+)?)s$/.exec(textOf(value) ?? '')?.[1]
  return text === undefined ? undefined : Math.round(Number(text) * 1e9) / 1e6
}

const denominators: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }

/** A FractionalPercent as a share of 0-1. */
export function fractionOf(value: Json | undefined): number | undefined {
  const fraction = objectOf(value)
  if (fraction === undefined) return undefined
  const denominator = denominators[textOf(fraction.denominator) ?? 'HUNDRED'] ?? 100
  return Math.min(1, (numberOf(fraction.numerator) ?? 0) / denominator)
}

/** The last part of a type's name: `HttpConnectionManager`. */
export function typeNameOf(config: JsonObject | undefined): string {
  return textOf(config?.['@type'])?.split(/[./]/).at(-1) ?? ''
}

/** The first of these fields that is there, for what this model does not know. */
export function firstOf(value: JsonObject, fields: readonly string[]): string | undefined {
  return fields.find((field) => {
    const found = value[field]
    return found !== undefined && found !== null && found !== false
  })
}
