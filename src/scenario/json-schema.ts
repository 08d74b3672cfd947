// The JSON Schema of scenario files, for editors, and what the loader's hints read: which keys a place knows. It describes
// what a file may contain; what takes two values to judge is beyond it and stays with the loader.

import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { pipelineSchema } from './pipeline-schema.ts'
import type { Registry } from './registry.ts'
import { meshSchema } from './schema.ts'
import type { ScenarioSort } from './schema-parts.ts'

export type JsonSchema = { readonly [key: string]: unknown }

/** JSON Schema (draft 2020-12) of a scenario file of one sort. */
export function scenarioJsonSchema(registry: Registry, sort: ScenarioSort): JsonSchema {
  return z.toJSONSchema(sort === 'mesh' ? meshSchema(registry) : pipelineSchema(registry), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // z.int() brings the limits of a double; they say nothing to a person.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
}

/** Of any scenario file: editors tell the sorts apart by the key `pipeline`, and complain about the one that is meant. */
function anyScenario(registry: Registry): JsonSchema {
  const [mesh, pipeline] = (['mesh', 'pipeline'] as const).map((sort) => {
    const { $schema: _, ...rest } = scenarioJsonSchema(registry, sort)
    return rest
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Shaketable scenario',
    type: 'object',
    if: { required: ['pipeline'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema has this keyword
    then: pipeline,
    else: mesh,
  }
}

/** What `docs/scenario.schema.json` must contain, to the last byte. */
export function scenarioJsonSchemaText(registry: Registry): string {
  return `${JSON.stringify(anyScenario(registry), undefined, 2)}\n`
}

export async function writeScenarioJsonSchema(registry: Registry, file: string): Promise<void> {
  await writeFile(file, scenarioJsonSchemaText(registry))
}

/** Keys that a map at `path` may have, in all its forms; empty where any key goes or nothing is known. */
export function knownKeysAt(schema: JsonSchema, path: readonly (string | number)[]): readonly string[] {
  let forms = formsOf(schema)
  for (const step of path) forms = forms.flatMap((form) => childrenOf(form, step)).flatMap(formsOf)
  return [...new Set(forms.flatMap((form) => Object.keys(asSchema(form.properties) ?? {})))]
}

function childrenOf(form: JsonSchema, step: string | number): readonly JsonSchema[] {
  const properties = asSchema(form.properties) ?? {}
  const child =
    typeof step === 'number'
      ? form.items
      : Object.hasOwn(properties, step)
        ? properties[step]
        : form.additionalProperties
  const found = asSchema(child)
  return found === undefined ? [] : [found]
}

/** The schema itself and its alternatives; a schema of zod is never deeper than a few levels. */
function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  const alternatives = [schema.anyOf, schema.oneOf, schema.allOf].filter(Array.isArray).flat()
  return [schema, ...alternatives.flatMap((one) => formsOf(asSchema(one) ?? {}))]
}

function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : undefined
}
