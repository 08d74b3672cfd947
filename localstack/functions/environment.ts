// What the template gives the functions in their environment. A missing or broken value is an error at the start of the
// process, so that it shows before the first event.

import { variable } from '../../src/pipeline/function-roles.ts'

type Variable = keyof typeof variable

/** @throws Error */
export function setting(name: Variable): string {
  const value = process.env[variable[name]]
  if (value === undefined || value === '')
    throw new Error(`expected the environment variable ${variable[name]}, found none; deploy the template again`)
  return value
}

/** @throws Error */
export function jsonSetting(name: Variable): unknown {
  const text = setting(name)
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`expected JSON in the environment variable ${variable[name]}, found ${text.slice(0, 80)}`)
  }
}

/** Seconds that may have a fraction, as milliseconds. @throws Error */
export function secondsSetting(name: Variable): number {
  const text = setting(name)
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new Error(
      `expected ${variable[name]} as seconds from 0 (0.5, 30), found ${JSON.stringify(text)}; set it again`,
    )
  return seconds * 1000
}
